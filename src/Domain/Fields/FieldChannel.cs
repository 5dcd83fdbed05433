namespace LedCluster.Domain.Fields;

/// <summary>One physical quantity of a field, for example the activator u of FitzHugh-Nagumo.</summary>
/// <param name="Name">Short name used as a coordinate in output files, for example <c>u</c>.</param>
/// <param name="LongName">What the quantity is, for axis labels, for example <c>activator</c>.</param>
/// <param name="Unit">Unit, or <c>1</c> when dimensionless.</param>
/// <param name="Limit">Largest magnitude that a valid state can reach; beyond it a member has blown up.</param>
public sealed record FieldChannel(string Name, string LongName, string Unit, double Limit);
