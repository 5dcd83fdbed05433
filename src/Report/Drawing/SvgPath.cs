using System.Text;

namespace LedCluster.Report.Drawing;

/// <summary>A path through points; a point that is not finite interrupts it.</summary>
internal sealed class SvgPath
{
    private readonly StringBuilder path = new();
    private bool drawing;

    public bool IsEmpty => path.Length == 0;

    /// <summary>Continues to a point, or interrupts the path if it is not finite.</summary>
    public void To(double x, double y)
    {
        if (!double.IsFinite(x) || !double.IsFinite(y))
        {
            drawing = false;
            return;
        }
        path.Append(drawing ? 'L' : 'M').Append(SvgCanvas.Text(x)).Append(' ').Append(SvgCanvas.Text(y));
        drawing = true;
    }

    /// <summary>Lifts the pen.</summary>
    public void Break() => drawing = false;

    /// <summary>Closes the current outline.</summary>
    public void Close()
    {
        if (drawing)
            path.Append('Z');
        drawing = false;
    }

    public override string ToString() => path.ToString();
}
