using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using LedCluster.Models.Training;

namespace LedCluster.Models.Tests;

/// <summary>
/// TorchSharp hands numbers to libtorch as objects that the garbage collector may free while libtorch still reads them: a training then ends
/// with "Expected false to be true", or goes on with another number. Nothing in the models may rely on such an object unless it keeps it.
/// </summary>
public class NativeNumbersTests
{
    [Fact]
    public void No_number_is_handed_to_libtorch_without_being_kept()
    {
        using var file = new PEReader(File.OpenRead(typeof(Trainer).Assembly.Location));
        var metadata = file.GetMetadataReader();
        string[] called =
        [
            .. metadata.MemberReferences.Select(metadata.GetMemberReference)
                .Where(member => member.GetKind() == MemberReferenceKind.Method && member.Parent.Kind == HandleKind.TypeReference)
                .Select(member => (Type: Name(metadata.GetTypeReference((TypeReferenceHandle)member.Parent)), Method: metadata.GetString(member.Name), Signature: member.DecodeMethodSignature(new Names(metadata), null)))
                .Where(member => Risky(member.Type, member.Method, member.Signature.ParameterTypes))
                .Select(member => $"{member.Type}.{member.Method}({string.Join(", ", member.Signature.ParameterTypes)})").Distinct().Order(StringComparer.Ordinal),
        ];
        Assert.True(called.Length == 0, string.Join("\n", called));

        string Name(TypeReference type) => metadata.GetString(type.Name);
    }

    private static bool Risky(string type, string method, IReadOnlyList<string> parameters) => type switch
    {
        "Scalar" => method == "op_Implicit",
        "Tensor" => method.StartsWith("op_", StringComparison.Ordinal) && method != "op_Implicit" /* a tensor, which a scope keeps */ && parameters.Any(p => p is "Single" or "Double" or "Int32" or "Int64"),
        "TensorExtensionMethods" or "ScalarExtensionMethods" => method is "ToDouble" or "ToSingle" or "ToInt32" or "ToInt64",
        "functional" => method is "celu" or "elu" or "leaky_relu" or "hardtanh" or "softplus" or "threshold",
        "init" => method is "constant_" or "ones_" or "zeros_",
        _ => false,
    };

    private sealed class Names(MetadataReader metadata) : ISignatureTypeProvider<string, object?>
    {
        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";

        public string GetByReferenceType(string elementType) => elementType + "&";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";

        public string GetGenericInstantiation(string genericType, System.Collections.Immutable.ImmutableArray<string> typeArguments) => genericType;

        public string GetGenericMethodParameter(object? genericContext, int index) => "T";

        public string GetGenericTypeParameter(object? genericContext, int index) => "T";

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPinnedType(string elementType) => elementType;

        public string GetPointerType(string elementType) => elementType + "*";

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => metadata.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => metadata.GetString(reader.GetTypeReference(handle).Name);

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => "specification";
    }
}
