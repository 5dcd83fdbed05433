using LedCluster.Torch;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// m ← β1 m + (1−β1) g, v ← β2 v + (1−β2) g², θ ← θ − lr m̂ / (√v̂ + eps), with m̂ and v̂ freed of the bias of
/// their zero start, and g including weight_decay · θ. One native call per group and step.
/// Kingma, Ba 2015, arXiv:1412.6980, algorithm 1.
/// </summary>
public sealed unsafe class Adam : optim.Optimizer
{
    private readonly ParamGroup[] groups;

    /// <summary>One group of parameters.</summary>
    public Adam(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
        : this([new ParamGroup(parameters, lr, beta1, beta2, eps, weight_decay)])
    {
    }

    /// <summary>Several groups, each with its own settings.</summary>
    public Adam(IEnumerable<ParamGroup> parameters) => groups = [.. parameters];

    /// <inheritdoc/>
    public override IEnumerable<optim.ILearningRateController> ParamGroups => groups;

    /// <inheritdoc/>
    public override IEnumerable<Parameter> parameters() => groups.SelectMany(static group => group.Members);

    /// <inheritdoc/>
    public override Tensor? step(Func<Tensor>? closure = null)
    {
        var loss = closure?.Invoke();
        foreach (var group in groups)
            group.Step();
        return loss;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var group in groups)
            group.Forget();
    }

    /// <summary>Parameters that share their settings.</summary>
    public sealed class ParamGroup : optim.ILearningRateController
    {
        private readonly Tensor[] first;
        private readonly Tensor[] second;
        private readonly long[] steps;
        private readonly double beta1;
        private readonly double beta2;
        private readonly double eps;
        private readonly double weightDecay;

        /// <summary>These parameters with these settings.</summary>
        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
        {
            Members = [.. parameters];
            LearningRate = InitialLearningRate = lr;
            (this.beta1, this.beta2, this.eps, weightDecay) = (beta1, beta2, eps, weight_decay);
            first = Array.ConvertAll(Members, static parameter => zeros_like(parameter).DetachFromDisposeScope());
            second = Array.ConvertAll(Members, static parameter => zeros_like(parameter).DetachFromDisposeScope());
            steps = new long[Members.Length];
        }

        /// <summary>The parameters of the group.</summary>
        public IEnumerable<Parameter> Parameters => Members;

        /// <inheritdoc/>
        public double LearningRate { get; set; }

        /// <inheritdoc/>
        public double InitialLearningRate { get; set; }

        internal Parameter[] Members { get; }

        internal void Step()
        {
            fixed (nint* parameters = Handles(Members), m = Handles(first), v = Handles(second))
            fixed (long* t = steps)
                Native.Check(Native.led_adam_step(parameters, m, v, t, Members.Length, LearningRate, beta1, beta2, eps, weightDecay));
            GC.KeepAlive(this);
        }

        internal void Forget()
        {
            foreach (var tensor in first.Concat(second))
                tensor.Dispose();
        }
    }
}
