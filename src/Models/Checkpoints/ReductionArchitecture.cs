using System.Text.Json.Serialization;
using LedCluster.Domain.Workers;
using LedCluster.Models.Inference;

namespace LedCluster.Models.Checkpoints;

/// <summary>
/// Shape of a reduction, as manifests and training recipes name it by its <c>kind</c>. A new kind is a record that knows how
/// to build itself from arrays, and a line here.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FeedForwardArchitecture), "feed-forward")]
[JsonDerivedType(typeof(ConvolutionalArchitecture), "convolutional")]
[JsonDerivedType(typeof(PlaneConvolutionalArchitecture), "plane-convolutional")]
[JsonDerivedType(typeof(PointwiseArchitecture), "pointwise")]
[JsonDerivedType(typeof(VariationalArchitecture), "variational")]
[JsonDerivedType(typeof(BandLimitedArchitecture), "band-limited")]
[JsonDerivedType(typeof(PrincipalComponentsArchitecture), "pca")]
[JsonDerivedType(typeof(AugmentedComponentsArchitecture), "augmented-pca")]
[JsonDerivedType(typeof(DiffusionMapsArchitecture), "diffusion-maps")]
[JsonDerivedType(typeof(FullStateArchitecture), "none")]
[JsonDerivedType(typeof(MultinomialArchitecture), "multinomial")]
[JsonDerivedType(typeof(ExchangeableArchitecture), "exchangeable-mixture")]
public abstract record ReductionArchitecture
{
    /// <summary>Latent dimension d_z.</summary>
    public required int LatentSize { get; init; }

    /// <summary>One line for reports.</summary>
    [JsonIgnore]
    public abstract string Summary { get; }

    /// <summary>Why it does not fit a domain, and what to change; null when it does.</summary>
    /// <param name="points">Points X per channel.</param>
    /// <param name="periodic">Whether the domain is periodic.</param>
    public virtual string? Misfit(int points, bool periodic) => null;

    /// <summary>Builds the reduction.</summary>
    /// <param name="scaling">Scaling of the fields.</param>
    /// <param name="points">Points X per channel.</param>
    /// <param name="weights">The model's arrays.</param>
    /// <exception cref="InvalidDataException">An array is missing or has another shape.</exception>
    public abstract IReduction Build(FieldScaling scaling, int points, WeightArrays weights);
}
