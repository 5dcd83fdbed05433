using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Shape of a propagator, as manifests and training recipes name it by its <c>kind</c>. A new kind is a record that knows how
/// to build itself from arrays, and a line here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(LstmArchitecture), "lstm")]
[JsonDerivedType(typeof(LstmMixtureArchitecture), "mixture-lstm")]
[JsonDerivedType(typeof(GruArchitecture), "gru")]
[JsonDerivedType(typeof(PerceptronArchitecture), "mlp")]
[JsonDerivedType(typeof(ReservoirArchitecture), "reservoir")]
[JsonDerivedType(typeof(SindyArchitecture), "sindy")]
[JsonDerivedType(typeof(HierarchicalArchitecture), "hits")]
[JsonDerivedType(typeof(WindowedLstmArchitecture), "windowed-lstm")]
[JsonDerivedType(typeof(ConditionedArchitecture), "conditioned")]
[JsonDerivedType(typeof(TransitionArchitecture), "transition")]
[JsonDerivedType(typeof(CoarsePdeArchitecture), "coarse-pde")]
public abstract record PropagatorArchitecture
{
    /// <summary>One line for reports.</summary>
    [JsonIgnore]
    public abstract string Summary { get; }

    /// <summary>Whether its latents are scaled to mean 0 and deviation 1, rather than into [0, 1].</summary>
    [JsonIgnore]
    public virtual bool Standardised => false;

    /// <summary>Smooths the latents that it is trained on; null for none.</summary>
    [JsonIgnore]
    public virtual SavitzkyGolay? Smoothing => null;

    /// <summary>Builds the propagator.</summary>
    /// <param name="scaling">Scaling of the latents, whose length is d_z.</param>
    /// <param name="weights">The model's arrays.</param>
    /// <exception cref="InvalidDataException">An array is missing or has another shape.</exception>
    public abstract IPropagator Build(LatentScaling scaling, WeightArrays weights);
}
