using LedCluster.Torch;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>Whether operations on this tensor are recorded for <see cref="backward()"/>.</summary>
        public bool requires_grad
        {
            get => Kept(Native.led_requires_grad(Handle)) != 0;
            set => requires_grad_(value);
        }

        /// <summary>Whether no recorded operation made this tensor.</summary>
        public bool is_leaf => Kept(Native.led_is_leaf(Handle)) != 0;

        /// <summary>The gradient gathered so far, sharing its storage; null when there is none.</summary>
        public Tensor? grad
        {
            get
            {
                nint gradient;
                Native.Check(Native.led_grad(Handle, &gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }

            set => Done(Native.led_set_grad(Handle, value?.Handle ?? 0), value);
        }

        /// <summary>Starts, or ends, recording operations on this tensor.</summary>
        public Tensor requires_grad_(bool requires_grad = true) => Done(Native.led_set_requires_grad(Handle, requires_grad ? 1 : 0));

        /// <summary>Adds the derivative of this one number to <see cref="grad"/> of every leaf it came from.</summary>
        public void backward() => Done(Native.led_backward(Handle, 0, 0, 0));

        /// <summary>Adds the derivative of this tensor, weighted by a gradient of its shape, to <see cref="grad"/> of every leaf it came from.</summary>
        /// <param name="grad_tensors">The weights, one tensor; null when this is one number.</param>
        /// <param name="retain_graph">Whether the record may be used again.</param>
        /// <param name="create_graph">Whether the derivatives are recorded themselves.</param>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false)
        {
            if (grad_tensors is { Count: > 1 })
                throw new ArgumentException($"One tensor takes one gradient, got {grad_tensors.Count}.", nameof(grad_tensors));
            var gradient = grad_tensors is [var only] ? only : null;
            Done(Native.led_backward(Handle, gradient?.Handle ?? 0, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0), gradient);
        }

        /// <summary>The same values, sharing storage, without a past.</summary>
        public Tensor detach() => From(Native.led_detach(Handle), this);
    }
}
