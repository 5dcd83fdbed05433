using System.Reflection;
using LedCluster.Torch;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A part of a network: parameters, buffers, and parts of its own, each with a name.</summary>
        /// <param name="name">What the module calls itself.</param>
        public abstract class Module(string name) : IDisposable
        {
            private readonly List<(string Name, Parameter Parameter)> ownParameters = [];
            private readonly List<(string Name, Tensor Buffer)> ownBuffers = [];
            private readonly List<(string Name, Module Module)> ownModules = [];

            /// <summary>Whether the module is being trained, as opposed to used.</summary>
            public virtual bool training { get; private set; } = true;

            /// <summary>What the module calls itself.</summary>
            public virtual string GetName() => name;

            /// <summary>Switches this module and its parts to training, or to use.</summary>
            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var (_, child) in ownModules)
                    child.train(train);
            }

            /// <summary>Switches this module and its parts to use.</summary>
            public virtual void eval() => train(false);

            /// <summary>The parts, with their names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children() => ownModules;

            /// <summary>The parameters: own ones first, then those of the parts.</summary>
            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(static pair => pair.parameter);

            /// <summary>The parameters with their paths, as in "encoder.0.weight".</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                ownParameters.Concat(recurse
                    ? ownModules.SelectMany(static child => child.Module.named_parameters().Select(pair => ($"{child.Name}.{pair.name}", pair.parameter)))
                    : []);

            /// <summary>The buffers with their paths.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true) =>
                ownBuffers.Concat(recurse
                    ? ownModules.SelectMany(static child => child.Module.named_buffers().Select(pair => ($"{child.Name}.{pair.name}", pair.buffer)))
                    : []);

            /// <summary>Parameters and buffers by path: the live tensors, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict()
            {
                var state = named_parameters().ToDictionary(static pair => pair.name, static Tensor (pair) => pair.parameter);
                foreach (var (path, buffer) in named_buffers())
                    state.Add(path, buffer);
                return state;
            }

            /// <summary>Copies values into the parameters and buffers of the same paths.</summary>
            /// <exception cref="InvalidOperationException"><paramref name="strict"/>, and a path is missing or not expected.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true)
            {
                var own = state_dict();
                string[] missing = [.. own.Keys.Except(source.Keys)];
                string[] unexpected = [.. source.Keys.Except(own.Keys)];
                if (strict && missing.Length + unexpected.Length > 0)
                    throw new InvalidOperationException($"The state does not fit {GetName()}: missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}].");

                using (no_grad())
                {
                    foreach (var (path, target) in own)
                    {
                        if (source.TryGetValue(path, out var value))
                            target.copy_(value);
                    }
                }

                return (missing, unexpected);
            }

            /// <summary>Forgets the gradients of all parameters.</summary>
            public virtual void zero_grad() => ForgetGradients([.. parameters()]);

            /// <summary>Adds a parameter, which from now on belongs to the module and to no dispose scope.</summary>
            public virtual void register_parameter(string name, Parameter param)
            {
                param.DetachFromDisposeScope();
                ownParameters.Add((name, param));
            }

            /// <summary>Adds a tensor that is saved but not trained; from now on it belongs to the module and to no dispose scope.</summary>
            public virtual void register_buffer(string name, Tensor tensor)
            {
                tensor.DetachFromDisposeScope();
                ownBuffers.Add((name, tensor));
            }

            /// <summary>Adds a part.</summary>
            public virtual void register_module(string name, Module submodule) => ownModules.Add((name, submodule));

            /// <summary>Disposes of parameters, buffers and parts.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Adds every field that holds a module or a parameter, under the name of the field. Call at the end of the constructor.</summary>
            protected void RegisterComponents()
            {
                foreach (var field in GetType().GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
                {
                    switch (field.GetValue(this))
                    {
                        case Module module when ownModules.All(known => known.Name != field.Name):
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter when ownParameters.All(known => known.Name != field.Name):
                            register_parameter(field.Name, parameter);
                            break;
                    }
                }
            }

            /// <summary>Disposes of parameters, buffers and parts.</summary>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing)
                    return;
                foreach (var (_, parameter) in ownParameters)
                    parameter.Dispose();
                foreach (var (_, buffer) in ownBuffers)
                    buffer.Dispose();
                foreach (var (_, module) in ownModules)
                    module.Dispose();
            }

            /// <summary>Moves and converts parameters and buffers; their identity stays, their gradients go.</summary>
            internal void Relocate(ScalarType? type, Device? device)
            {
                using var still = no_grad();
                foreach (var tensor in state_dict().Values)
                {
                    using var moved = tensor.to(type ?? tensor.dtype, device ?? tensor.device);
                    Native.Check(Native.led_set_data(tensor.Handle, moved.Handle));
                }
            }
        }

        /// <summary>A module with one input.</summary>
        /// <typeparam name="T">What goes in.</typeparam>
        /// <typeparam name="TResult">What comes out.</typeparam>
        /// <param name="name">What the module calls itself.</param>
        public abstract class Module<T, TResult>(string name) : Module(name)
        {
            /// <summary>Computes the output.</summary>
            public abstract TResult forward(T input);

            /// <summary>Computes the output.</summary>
            public TResult call(T input) => forward(input);
        }

        /// <summary>A module with two inputs.</summary>
        /// <typeparam name="T1">What goes in first.</typeparam>
        /// <typeparam name="T2">What goes in second.</typeparam>
        /// <typeparam name="TResult">What comes out.</typeparam>
        /// <param name="name">What the module calls itself.</param>
        public abstract class Module<T1, T2, TResult>(string name) : Module(name)
        {
            /// <summary>Computes the output.</summary>
            public abstract TResult forward(T1 input1, T2 input2);

            /// <summary>Computes the output.</summary>
            public TResult call(T1 input1, T2 input2) => forward(input1, input2);
        }
    }
}
