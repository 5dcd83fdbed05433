namespace LedCluster.Report.Drawing;

/// <summary>A rectangle in pixels of the drawing, y downwards.</summary>
internal readonly record struct Box(double Left, double Top, double Width, double Height)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    public double Middle => Top + Height / 2;

    public double Centre => Left + Width / 2;
}
