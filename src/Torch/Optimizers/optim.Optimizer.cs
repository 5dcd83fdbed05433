using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Optimisers.</summary>
    public static partial class optim
    {
        /// <summary>Something with a learning rate to set between steps.</summary>
        public interface ILearningRateController
        {
            /// <summary>The learning rate of the next step.</summary>
            double LearningRate { get; set; }

            /// <summary>The learning rate it began with.</summary>
            double InitialLearningRate { get; set; }
        }

        /// <summary>Changes parameters along their gradients.</summary>
        public abstract class Optimizer : IDisposable
        {
            /// <summary>The groups of parameters, each with its learning rate.</summary>
            public abstract IEnumerable<ILearningRateController> ParamGroups { get; }

            /// <summary>All parameters.</summary>
            public abstract IEnumerable<Parameter> parameters();

            /// <summary>Takes one step; calls <paramref name="closure"/> first, if given, and returns its result.</summary>
            public abstract Tensor? step(Func<Tensor>? closure = null);

            /// <summary>Forgets the gradients, so that backward writes instead of adds.</summary>
            public virtual void zero_grad() => nn.ForgetGradients([.. parameters()]);

            /// <summary>Disposes of what the optimiser remembers; the parameters stay.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Disposes of what the optimiser remembers; the parameters stay.</summary>
            protected abstract void Dispose(bool disposing);
        }

        /// <summary>Adam for one group of parameters.</summary>
        public static Adam Adam(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
            new(parameters, lr, beta1, beta2, eps, weight_decay);

        /// <summary>Adam for several groups, each with its own settings.</summary>
        public static Adam Adam(IEnumerable<Adam.ParamGroup> parameters) => new(parameters);
    }
}
