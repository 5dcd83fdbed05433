using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using LedCluster.Models.Networks;
using LedCluster.Models.Training;
using TorchSharp;

namespace LedCluster.Models.Tests;

/// <summary>
/// TorchSharp hands numbers to libtorch as objects that the garbage collector may free while libtorch still reads them, also inside its own
/// methods, such as the sum of two tensors: a training then ends with "Expected false to be true", or goes on with another number.
/// </summary>
public class NativeNumbersTests
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes =
        typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Only <see cref="Numbers"/> calls what makes such an object, and keeps it; this finds the calls in the compiled code.</summary>
    [Fact]
    public void No_number_is_handed_to_libtorch_without_being_kept()
    {
        var library = Methods(typeof(torch).Assembly);
        var callers = new Dictionary<MethodBase, List<MethodBase>>();
        foreach (var method in library)
            foreach (var called in Called(method))
                (callers.TryGetValue(called, out var list) ? list : callers[called] = []).Add(method);
        var making = new HashSet<MethodBase>(typeof(Scalar).GetConstructors(Any));
        var waiting = new Queue<MethodBase>(making);
        while (waiting.TryDequeue(out var method))
            foreach (var caller in callers.GetValueOrDefault(method, []))
                if (making.Add(caller))
                    waiting.Enqueue(caller);
        Assert.Contains(typeof(torch.Tensor).GetMethod("op_Addition", [typeof(torch.Tensor), typeof(torch.Tensor)])!, making);

        var found = Methods(typeof(Trainer).Assembly)
            .SelectMany(method =>
                Called(method).Where(called => making.Contains(called) && !(method.DeclaringType == typeof(Numbers) && called.Name == "ToScalar"))
                    .Select(called => $"{method.DeclaringType!.FullName}.{method.Name} calls {called.DeclaringType!.Name}.{called}"));
        var all = string.Join("\n", found.Distinct().Order(StringComparer.Ordinal));
        Assert.True(all.Length == 0, all);
    }

    private static List<MethodBase> Methods(Assembly assembly) =>
        [.. Types(assembly).SelectMany(type => type.GetMethods(Any).Concat<MethodBase>(type.GetConstructors(Any)))];

    private static IEnumerable<Type> Types(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException error) // of packages that are not referenced
        {
            return error.Types.OfType<Type>();
        }
    }

    private static IEnumerable<MethodBase> Called(MethodBase method)
    {
        if (Code(method) is not { } code)
            yield break;
        var (types, own) = (method.DeclaringType?.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : null);
        for (var at = 0; at < code.Length;)
        {
            var opcode = Codes[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += opcode.Size;
            var operand = code.AsSpan(at);
            if (opcode.OperandType == OperandType.InlineMethod
                && Resolved(method.Module, BinaryPrimitives.ReadInt32LittleEndian(operand), types, own) is { } called)
                yield return called;
            at += opcode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at)),
                _ => 4,
            };
        }
    }

    private static byte[]? Code(MethodBase method)
    {
        try
        {
            return method.GetMethodBody()?.GetILAsByteArray();
        }
        catch (FileNotFoundException) // of a package that is not referenced
        {
            return null;
        }
    }

    private static MethodBase? Resolved(Module module, int token, Type[]? types, Type[]? own)
    {
        try
        {
            var method = module.ResolveMethod(token, types, own);
            return method is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericMethodDefinition() : method;
        }
        catch (FileNotFoundException) // of a package that is not referenced
        {
            return null;
        }
    }
}
