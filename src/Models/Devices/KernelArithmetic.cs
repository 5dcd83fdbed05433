using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace LedCluster.Models.Devices;

/// <summary>
/// The arithmetic of kernels, with the bits of <see cref="Inference.SimdMath"/>: each operation is rounded once, to the nearest. On a GPU it is
/// one instruction that says so, as the driver's compiler joins or approximates others.
/// </summary>
internal static class KernelArithmetic
{
    private const float Largest = 87f;

    /// <summary>Makes the operations single instructions where kernels are compiled for CUDA.</summary>
    public static void Register(Context.Builder builder)
    {
        var manager = builder.GetIntrinsicManager();
        (string, string)[] operations = [
            (nameof(Fused), nameof(EmitFused)), (nameof(Sum), nameof(EmitSum)), (nameof(Difference), nameof(EmitDifference)),
            (nameof(Product), nameof(EmitProduct)), (nameof(Quotient), nameof(EmitQuotient)),
            (nameof(Min), nameof(EmitMin)), (nameof(Max), nameof(EmitMax)), (nameof(Positive), nameof(EmitPositive)),
        ];
        foreach (var (operation, instruction) in operations)
            manager.RegisterMethod(
                typeof(KernelArithmetic).GetMethod(operation, BindingFlags.Public | BindingFlags.Static)!,
                new PTXIntrinsic(typeof(KernelArithmetic), instruction, IntrinsicImplementationMode.GenerateCode));
    }

    /// <summary>ab + c, rounded once.</summary>
    [IntrinsicImplementation]
    public static float Fused(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>a + b.</summary>
    [IntrinsicImplementation]
    public static float Sum(float a, float b) => a + b;

    /// <summary>a − b.</summary>
    [IntrinsicImplementation]
    public static float Difference(float a, float b) => a - b;

    /// <summary>ab.</summary>
    [IntrinsicImplementation]
    public static float Product(float a, float b) => a * b;

    /// <summary>a/b.</summary>
    [IntrinsicImplementation]
    public static float Quotient(float a, float b) => a / b;

    /// <summary>The smaller one; where y is NaN, NaN.</summary>
    /// <remarks>An operation of its own, as ILGPU may exchange the sides of a comparison and then takes NaN for the smaller one.</remarks>
    [IntrinsicImplementation]
    public static float Min(float x, float y) => x < y ? x : y;

    /// <summary>The greater one; where y is NaN, NaN.</summary>
    [IntrinsicImplementation]
    public static float Max(float x, float y) => x > y ? x : y;

    /// <summary>x where it is positive, otherwise y.</summary>
    [IntrinsicImplementation]
    public static float Positive(float x, float y) => x > 0 ? x : y;

    /// <summary>1 + e^x, with x cut at 28.</summary>
    public static float OnePlusExp(float x)
    {
        x = Max(-Largest, Min(28, x));
        var shifted = Shifted(x);
        var (scale, r) = (Scale(shifted), Remainder(shifted, x));
        var q = Fused(0.0083794417f, r, 0.0418997332f);
        q = Fused(q, r, 0.1666635871f);
        q = Fused(q, r, 0.4999913275f);
        q = Fused(q, r, 1);
        return Fused(scale, Fused(q, r, 1), 1);
    }

    /// <summary>e^x − 1.</summary>
    public static float ExpM1(float x)
    {
        x = Max(-Largest, x);
        var shifted = Shifted(x);
        var (scale, r) = (Scale(shifted), Remainder(shifted, x));
        var q = Fused(0.0013946497f, r, 0.0083666109f);
        q = Fused(q, r, 0.0416662805f);
        q = Fused(q, r, 0.1666654348f);
        q = Fused(q, r, 0.5f);
        var p = Fused(Product(q, r), r, r);
        return Fused(scale, p, Difference(scale, 1));
    }

    /// <summary>E = e^{2x} − 1, with tanh x = E/(E + 2).</summary>
    public static float TanhPart(float x) => ExpM1(Min(20, Sum(x, x)));

    /// <summary>tanh x.</summary>
    public static float Tanh(float x)
    {
        var e = TanhPart(x);
        return Quotient(e, Sum(e, 2));
    }

    /// <summary>½ + ½ tanh x.</summary>
    public static float HalfTanh(float x) => Fused(0.5f, Tanh(x), 0.5f);

    /// <summary>CELU(x) = max(0, x) + min(0, e^x − 1).</summary>
    public static float Celu(float x) => Positive(x, ExpM1(Min(0, x)));

    /// <summary>max(0, x); NaN stays NaN.</summary>
    public static float Relu(float x) => Max(0, x);

    /// <summary>x/ln 2 rounded to an integer, in the last places of a number.</summary>
    private static float Shifted(float x) => Fused(x, 1.44269504f, 12582912f);

    private static float Remainder(float shifted, float x) => Fused(Difference(shifted, 12582912f), -0.693147180559945f, x);

    private static float Scale(float shifted) => Interop.IntAsFloat((Interop.FloatAsInt(shifted) - Interop.FloatAsInt(12582912f) + 127) << 23);

    private static void EmitFused(PTXBackend backend, PTXCodeGenerator code, Value value) => Emit(code, "fma.rn.f32", value);

    private static void EmitSum(PTXBackend backend, PTXCodeGenerator code, Value value) => Emit(code, "add.rn.f32", value);

    private static void EmitDifference(PTXBackend backend, PTXCodeGenerator code, Value value) => Emit(code, "sub.rn.f32", value);

    private static void EmitProduct(PTXBackend backend, PTXCodeGenerator code, Value value) => Emit(code, "mul.rn.f32", value);

    private static void EmitQuotient(PTXBackend backend, PTXCodeGenerator code, Value value) => Emit(code, "div.rn.f32", value);

    private static void EmitMin(PTXBackend backend, PTXCodeGenerator code, Value value) => EmitChoice(code, "setp.lt.f32", value, value[1]);

    private static void EmitMax(PTXBackend backend, PTXCodeGenerator code, Value value) => EmitChoice(code, "setp.gt.f32", value, value[1]);

    private static void EmitPositive(PTXBackend backend, PTXCodeGenerator code, Value value) => EmitChoice(code, "setp.gt.f32", value, null);

    /// <summary>The first argument where it compares so with another value, or with 0; otherwise the second.</summary>
    private static void EmitChoice(PTXCodeGenerator code, string comparison, Value call, Value? with)
    {
        var (x, y, result) = (code.LoadPrimitive(call[0]), code.LoadPrimitive(call[1]), code.AllocateHardware(call));
        var isFirst = code.AllocateRegister(BasicValueType.Int1, PTXRegisterKind.Predicate);
        using (var compare = code.BeginCommand(comparison))
        {
            compare.AppendArgument(isFirst);
            compare.AppendArgument(x);
            if (with is null)
                compare.AppendConstant(0f);
            else
                compare.AppendArgument(y);
        }
        using (var select = code.BeginCommand("selp.f32"))
        {
            select.AppendArgument(result);
            select.AppendArgument(x);
            select.AppendArgument(y);
            select.AppendArgument(isFirst);
        }
        code.FreeRegister(isFirst);
    }

    private static void Emit(PTXCodeGenerator code, string instruction, Value call)
    {
        var result = code.AllocateHardware(call);
        using var command = code.BeginCommand(instruction);
        command.AppendArgument(result);
        foreach (var argument in call.Nodes)
            command.AppendArgument(code.LoadPrimitive(argument));
    }
}
