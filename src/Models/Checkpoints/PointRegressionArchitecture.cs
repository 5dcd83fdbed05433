using System.Collections.Immutable;
using System.Text.Json.Serialization;
using LedCluster.Models.Inference;
using LedCluster.Models.Propagators.CoarsePde;

namespace LedCluster.Models.Checkpoints;

/// <summary>Shape of the regression of a coarse equation's rates, by its <c>kind</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PolynomialRegressionArchitecture), "polynomial")]
[JsonDerivedType(typeof(GaussianProcessArchitecture), "gaussian-process")]
[JsonDerivedType(typeof(PerceptronRegressionArchitecture), "mlp")]
public abstract record PointRegressionArchitecture
{
    /// <summary>A few words for reports.</summary>
    [JsonIgnore]
    public abstract string Summary { get; }

    /// <summary>Why it cannot be used, as a clause; null when it can.</summary>
    /// <param name="fields">Number of fields.</param>
    public abstract string? Fault(int fields);

    /// <summary>Builds the regression of a field.</summary>
    /// <param name="prefix">What the names of its arrays begin with.</param>
    /// <param name="inputs">Number F of its inputs.</param>
    /// <param name="weights">The model's arrays.</param>
    /// <exception cref="InvalidDataException">An array is missing or has another shape.</exception>
    public abstract PointRegression Build(string prefix, int inputs, WeightArrays weights);
}

/// <summary>Polynomial in physical units. Array <c>coefficients</c> [terms], in the order of <see cref="PolynomialLibrary"/>.</summary>
public sealed record PolynomialRegressionArchitecture : PointRegressionArchitecture
{
    /// <summary>Largest degree, 1 to 5.</summary>
    public int Degree { get; init; } = 3;

    /// <summary>
    /// Coefficients that are given instead of fitted, for each field, by the names of a term's factors with spaces between them: <c>{
    /// "u_xx": 1, "u u u": -1 }</c>, and <c>1</c> for the constant; null when they are fitted.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<ImmutableDictionary<string, double>> Given { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => Given.IsDefault ? $"polynomial of degree {Degree}" : $"given polynomial of degree {Degree}";

    /// <inheritdoc />
    public override string? Fault(int fields) => Degree is < 1 or > 5 ? $"the degree of its polynomial is {Degree}; give 1 to 5"
        : !Given.IsDefault && (Given.Length != fields || Given.Any(g => g is null))
            ? $"its polynomials are given, so that there must be one for each of {fields} fields"
        : null;

    /// <summary>The given coefficients of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="names">Names of the features.</param>
    /// <exception cref="InvalidDataException">A term is not in the library.</exception>
    internal double[] Coefficients(int field, string[] names)
    {
        var library = new PolynomialLibrary(names.Length, Degree);
        var coefficients = new double[library.Terms];
        foreach (var (term, value) in Given[field])
        {
            string[] product = term == "1" ? [] : term.Split(' ');
            var factors = product.Select(name => Array.IndexOf(names, name)).Order();
            var at = 0; // the terms are found as the library makes them: a shorter one times a variable
            foreach (var factor in factors)
                at = factor < 0 ? -1 : at < 0 ? -1 : library.Products.IndexOf((at, factor)) is >= 0 and var place ? place + 1 : -1;
            if (at < 0)
                throw new InvalidDataException(
                    $"The recipe gives a coefficient for '{term}', which is no product of up to {Degree} of {string.Join(", ", names)} "
                    + "with spaces between them.");
            coefficients[at] = value;
        }
        return coefficients;
    }

    /// <inheritdoc />
    public override PointRegression Build(string prefix, int inputs, WeightArrays weights)
    {
        var library = new PolynomialLibrary(inputs, Degree);
        return new PolynomialPoints(library, [.. weights.Get($"{prefix}coefficients", library.Terms).Select(c => (double)c)]);
    }
}

/// <summary>
/// Gaussian process with a squared-exponential covariance and a length for each input (automatic relevance determination). Arrays
/// <c>lengths</c> [F]; <c>points</c> [n, F], training points in units of the lengths; <c>weights</c> [2, n], whose sum is Σ⁻¹y times the
/// signal's variance: float32 alone would lose digits, because large weights cancel.
/// </summary>
public sealed record GaussianProcessArchitecture : PointRegressionArchitecture
{
    /// <summary>Training points n that predictions are made of.</summary>
    public int Points { get; init; } = 1000;

    /// <summary>Of those, the points by whose likelihood lengths, signal and noise are found.</summary>
    public int LikelihoodPoints { get; init; } = 400;

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"Gaussian process on {Points} points";

    /// <inheritdoc />
    public override string? Fault(int fields) => Points is < 10 or > 5000 || LikelihoodPoints < 10 || LikelihoodPoints > Points
        ? $"its Gaussian process has {Points} points and {LikelihoodPoints} for the likelihood; give 10 to 5000, and no more for the likelihood" : null;

    /// <inheritdoc />
    public override PointRegression Build(string prefix, int inputs, WeightArrays weights)
    {
        var (lengths, halves) = (weights.Get($"{prefix}lengths", inputs), weights.Get($"{prefix}weights", 2, Points));
        return new GaussianProcessPoints(
            Array.ConvertAll(lengths, ℓ => (double)ℓ), weights.Get($"{prefix}points", Points, inputs),
            [.. Enumerable.Range(0, Points).Select(i => (double)halves[i] + halves[Points + i])]);
    }
}

/// <summary>
/// Perceptron with tanh between its layers. Arrays <c>scale</c> [F], by which inputs are divided; <c>unit</c> [1], by which the output is multiplied;
/// <c>i.weight</c>, <c>i.bias</c> in PyTorch's layout.
/// </summary>
public sealed record PerceptronRegressionArchitecture : PointRegressionArchitecture
{
    /// <summary>Widths of the hidden layers.</summary>
    public required ImmutableArray<int> HiddenLayers { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override string Summary => $"MLP {string.Join("–", HiddenLayers.IsDefault ? [] : HiddenLayers)}";

    /// <summary>Widths of the layers.</summary>
    internal int[] Widths(int inputs) => [inputs, .. HiddenLayers, 1];

    /// <inheritdoc />
    public override string? Fault(int fields) =>
        HiddenLayers.IsDefaultOrEmpty || HiddenLayers.Any(width => width is < 1 or > 10_000)
            ? "the hiddenLayers of its regression must be one or more widths from 1 to 10000"
            : null;

    /// <inheritdoc />
    public override PointRegression Build(string prefix, int inputs, WeightArrays weights)
    {
        var widths = Widths(inputs);
        return new PerceptronPoints(
            [.. Enumerable.Range(0, widths.Length - 1).Select(i => new DenseLayer(
                weights.Get($"{prefix}{i}.weight", widths[i + 1], widths[i]), weights.Get($"{prefix}{i}.bias", widths[i + 1]),
                i < widths.Length - 2 ? Activation.Tanh : Activation.None))],
            [.. weights.Get($"{prefix}scale", inputs).Select(s => (double)s)], weights.Get($"{prefix}unit", 1)[0]);
    }
}
