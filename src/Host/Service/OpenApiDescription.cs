using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LedCluster.Host.Service;

/// <summary>Describes the palette as an OpenAPI document.</summary>
internal static class OpenApiDescription
{
    private const string Token = "token";

    /// <summary>Fills the document in from the verbs.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Verb>().SingleOrDefault() is { } verb)
                Describe(operation, verb, context.Document!);
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "LedCluster", Version = ProgramVersion.Text, Description = "Submit and manage forecast runs." };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Token] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "Required unless the service listens on loopback without a token.",
                },
            };
            return Task.CompletedTask;
        });
    }

    private static void Describe(OpenApiOperation operation, Verb verb, OpenApiDocument document)
    {
        operation.OperationId = verb.Name;
        operation.Summary = verb.About;
        operation.Parameters = [.. verb.Arguments.Where(a => a.InRoute).Select(a => (IOpenApiParameter)new OpenApiParameter
        {
            Name = a.JsonName, In = ParameterLocation.Path, Required = true, Description = a.About, Schema = Schema(a),
        })];
        VerbArgument[] inBody = [.. verb.Arguments.Where(a => !a.InRoute)];
        operation.RequestBody = inBody is [] ? null : new OpenApiRequestBody
        {
            Required = inBody.Any(a => a.Required),
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new OpenApiMediaType
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        AdditionalPropertiesAllowed = false,
                        Properties = inBody.ToDictionary(a => a.JsonName, a => (IOpenApiSchema)Schema(a)),
                        Required = inBody.Where(a => a.Required).Select(a => a.JsonName).ToHashSet(),
                    },
                },
            },
        };
        operation.Responses = new OpenApiResponses
        {
            [$"{verb.Status}"] = Response("The answer.", "application/json"),
            ["default"] = Response("The errors, as problem details (RFC 9457); 'errors' lists all of them.", "application/problem+json"),
        };
        if (verb.NeedsToken)
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Token, document)] = [] }];
    }

    private static OpenApiResponse Response(string about, string type) => new()
    {
        Description = about,
        Content = new Dictionary<string, OpenApiMediaType> { [type] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } } },
    };

    private static OpenApiSchema Schema(VerbArgument argument) => argument.Kind switch
    {
        ArgumentKind.Text => new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Description = argument.About,
            Enum = argument.Choices is [] ? null : [.. argument.Choices.Select(c => (JsonNode)c)],
        },
        ArgumentKind.Integer => new OpenApiSchema { Type = JsonSchemaType.Integer, Description = argument.About },
        ArgumentKind.Number => new OpenApiSchema { Type = JsonSchemaType.Number, Description = argument.About },
        ArgumentKind.Flag => new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = argument.About },
        _ => new OpenApiSchema { Type = JsonSchemaType.Array, Description = argument.About, Items = Rows(new OpenApiSchema { Type = JsonSchemaType.Number }) },
    };

    private static OpenApiSchema Rows(OpenApiSchema item) => new()
    {
        Type = JsonSchemaType.Array,
        Items = new OpenApiSchema { Type = JsonSchemaType.Array, Items = item },
    };
}
