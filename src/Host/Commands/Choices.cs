using System.CommandLine;
using LedCluster.Domain.Wire;

namespace LedCluster.Host.Commands;

/// <summary>Options that take one of a few words.</summary>
internal static class Choices
{
    /// <summary>Makes an option take these words alone; another one is told with all of them and the nearest.</summary>
    public static void Only(Option option, params string[] words)
    {
        option.CompletionSources.Clear(); // the names of an enumeration, which are not typed so
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            foreach (var given in result.Tokens.Select(token => token.Value).Where(given => !words.Contains(given)))
                result.AddError($"{option.Name} is '{given}'; give {string.Join(" or ", words)}.{NearestName.Hint(given, words)}");
        });
    }
}
