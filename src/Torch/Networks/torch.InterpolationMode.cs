namespace TorchSharp;

public static partial class torch
{
    /// <summary>How values between grid points come about.</summary>
    public enum InterpolationMode
    {
        /// <summary>On the line between the two nearest points.</summary>
        Linear = 1,
    }
}
