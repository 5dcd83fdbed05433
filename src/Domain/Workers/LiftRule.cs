namespace LedCluster.Domain.Workers;

/// <summary>How a micro solver fills the part of its state that the macroscopic fields leave open.</summary>
public enum LiftRule : byte
{
    /// <summary>Local equilibrium, as the LED paper does.</summary>
    Equilibrium = 0,

    /// <summary>Equilibrium plus the first-order non-equilibrium part that the field's gradient implies (Chapman–Enskog).</summary>
    Gradient = 1,
}
