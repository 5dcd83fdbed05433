using LedCluster.Torch;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What training does between backward and step.</summary>
        public static unsafe class utils
        {
            /// <summary>Scales the gradients so that their joint p-norm is at most <paramref name="max_norm"/>; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2.0)
            {
                Parameter[] parameters = [.. tensors];
                double total;
                fixed (nint* handles = Handles(parameters))
                    Native.Check(Native.led_clip_grad_norm(handles, parameters.Length, max_norm, norm_type, &total));
                GC.KeepAlive(parameters);
                return total;
            }
        }
    }
}
