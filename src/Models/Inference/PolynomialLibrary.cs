namespace LedCluster.Models.Inference;

/// <summary>
/// Monomials of d variables up to a degree, the constant first, then by degree, then in lexicographic order of their factors:
/// 1, x₀, x₁, x₀², x₀x₁, x₁², x₀³, … Each is an earlier one times a variable.
/// </summary>
public sealed class PolynomialLibrary
{
    private const int LargestLibrary = 1_000_000;

    private readonly (int Shorter, int Variable)[] products; // of the terms after the constant

    /// <summary>Lists the monomials.</summary>
    /// <param name="variables">Number of variables d.</param>
    /// <param name="degree">Largest degree.</param>
    /// <exception cref="InvalidDataException">There are more than a million.</exception>
    public PolynomialLibrary(int variables, int degree)
    {
        (Variables, Degree) = (variables, degree);
        if (Count(variables, degree) > LargestLibrary)
            throw new InvalidDataException(
                $"A polynomial library of degree {degree} in {variables} latents has {Count(variables, degree):E1} terms. "
                + "Lower the degree or reduce to fewer latents.");
        var terms = new List<(int Shorter, int Variable)>();
        var (first, last) = (0, 1); // terms of the degree before
        for (var order = 1; order <= degree; order++)
        {
            for (var shorter = first; shorter < last; shorter++)
                for (var variable = shorter == 0 ? 0 : terms[shorter - 1].Variable; variable < variables; variable++)
                    terms.Add((shorter, variable));
            (first, last) = (last, terms.Count + 1);
        }
        products = [.. terms];
    }

    /// <summary>Number of variables d.</summary>
    public int Variables { get; }

    /// <summary>Largest degree.</summary>
    public int Degree { get; }

    /// <summary>Number of monomials.</summary>
    public int Terms => products.Length + 1;

    /// <summary>The monomials after the constant: term i + 1 is term <c>Shorter</c> times a variable.</summary>
    public ReadOnlySpan<(int Shorter, int Variable)> Products => products;

    /// <summary>Number of monomials, (d + degree)! / (d! degree!), without listing them.</summary>
    public static double Count(int variables, int degree)
    {
        var count = 1.0;
        for (var k = 1; k <= degree; k++)
            count = count * (variables + k) / k;
        return Math.Round(count);
    }

    /// <summary>Values of all monomials.</summary>
    /// <param name="x">The variables [d].</param>
    /// <param name="values">Receives [terms].</param>
    public void Evaluate(ReadOnlySpan<double> x, Span<double> values)
    {
        values[0] = 1;
        for (var i = 0; i < products.Length; i++)
            values[i + 1] = values[products[i].Shorter] * x[products[i].Variable];
    }
}
