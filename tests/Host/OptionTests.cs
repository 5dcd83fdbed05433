using System.CommandLine;
using LedCluster.Domain.Wire;
using LedCluster.Host.Commands;

namespace LedCluster.Host.Tests;

/// <summary>What can be typed behind the commands.</summary>
public sealed class OptionTests
{
    /// <summary>Settings that several commands share must not take a name that one of them has already.</summary>
    [Fact]
    public void Options_of_one_command_have_different_names()
    {
        var commands = All(LedCommand.Create()).ToArray();
        Assert.Contains(commands, command => command.Name == "serve");
        foreach (var command in commands)
        {
            string[] names = [.. command.Options.SelectMany(option => option.Aliases.Prepend(option.Name))];
            Assert.True(
                names.Distinct().Count() == names.Length,
                $"led {command.Name}: {string.Join(", ", names.CountBy(n => n).Where(n => n.Value > 1).Select(n => n.Key))}");
        }
    }

    [Fact]
    public void Help_is_given_on_every_command_also_without_what_it_needs()
    {
        var root = LedCommand.Create();
        var asked = 0;
        foreach (var path in Paths(root, []))
        {
            Assert.Empty(UnknownWords.Lines(root.Parse([.. path, "--help"])));
            asked++;
        }
        Assert.InRange(asked, 20, 1000);

        static IEnumerable<string[]> Paths(Command command, string[] path) => command.Subcommands.SelectMany(c => Paths(c, [.. path, c.Name])).Prepend(path);
    }

    /// <summary>Whatever takes a number takes it as JSON has it: the library's own parsers read 30,5 as 305.</summary>
    [Fact]
    public void Numbers_have_a_decimal_point_and_no_thousands_separators()
    {
        var root = LedCommand.Create();
        var numbers = 0;
        foreach (var command in All(root))
        {
            foreach (var option in command.Options.Where(option => IsNumber(option.ValueType)))
            {
                var isReal = option.ValueType == typeof(double) || option.ValueType == typeof(double?);
                string[] refused =
                [
                    "30,5", "1,000", "1 000", "1_000", "0x10", "\u0663", "NaN", "Infinity", "(5)", " 5", "5e",
                    .. isReal ? (string[])["1e999"] : ["30.5", "1e3"],
                ];
                foreach (var text in refused)
                    Assert.True(
                        new RootCommand { option }.Parse([option.Name, text]).Errors is [{ Message: var message }]
                            && message.StartsWith($"{option.Name} is '{text}'; give ", StringComparison.Ordinal),
                        $"led {command.Name} {option.Name} took '{text}'");
                foreach (var text in (string[])["0", "5", .. isReal ? (string[])["30.5", "-1", "1e3", ".5"] : []])
                    Assert.Empty(new RootCommand { option }.Parse([option.Name, text]).Errors);
                numbers++;
            }
            foreach (var argument in command.Arguments.Where(argument => IsNumber(argument.ValueType)))
            {
                Assert.Contains("whole number", Assert.Single(new RootCommand { argument }.Parse(["1,000"]).Errors).Message);
                numbers++;
            }
        }
        Assert.InRange(numbers, 30, 1000);
        Assert.Equal(30.5, root.Parse(["simulate", "fhn", "--out", "a.npy", "--t-final", "30.5"]).GetValue<double?>("--t-final"));
        Assert.Equal(ulong.MaxValue, root.Parse(["simulate", "fhn", "--out", "a.npy", "--seed", $"{ulong.MaxValue}"]).GetValue<ulong>("--seed"));

        static bool IsNumber(Type type) => (Nullable.GetUnderlyingType(type) ?? type).GetInterfaces().Any(i => i.Name == "INumber`1");
    }

    [Fact]
    public void Defaults_and_choices_stand_in_the_help_as_they_are_typed()
    {
        var choices = 0;
        foreach (var (command, option) in All(LedCommand.Create()).SelectMany(c => c.Options.Select(o => (c, o))))
        {
            if (option.HasDefaultValue && option.GetDefaultValue() is { } value and not bool)
                Assert.True(value is not Enum, $"led {command.Name} {option.Name} shows its default as '{value}'");
            foreach (var choice in option.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).Select(c => c.Label)
                .Where(label => !bool.TryParse(label, out _)))
            {
                Assert.True(choice == choice.ToLowerInvariant(), $"led {command.Name} {option.Name} offers '{choice}'");
                choices++;
            }
        }
        Assert.InRange(choices, 5, 1000);
    }

    [Fact]
    public void A_word_that_is_no_choice_is_told_with_the_option_all_choices_and_the_nearest()
    {
        var options = 0;
        foreach (var (command, option) in All(LedCommand.Create()).SelectMany(c => c.Options.Select(o => (c, o))))
        {
            string[] choices = [.. option.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).Select(c => c.Label).Where(
                label => !bool.TryParse(label, out _))];
            if (choices.Length == 0)
                continue;
            var meant = choices.MaxBy(choice => choice.Length)!;
            var message = Assert.Single(new RootCommand { option }.Parse([option.Name, $"{meant}x"]).Errors).Message;
            Assert.True(
                message.StartsWith($"{option.Name} is '{meant}x'; give ", StringComparison.Ordinal) && choices.All(message.Contains)
                    && message.EndsWith($"Did you mean '{meant}'?", StringComparison.Ordinal),
                $"led {command.Name}: {message}");
            options++;
        }
        Assert.InRange(options, 5, 1000);
    }

    [Theory]
    [InlineData("wiat", "wait")] // two letters exchanged
    [InlineData("multi", "multiscale")] // the beginning
    [InlineData("forcast", "forecast")]
    [InlineData(".", null)] // nothing in common with 'rm'
    [InlineData("zz", null)]
    public void The_nearest_name_is_offered_where_one_is_near(string given, string? nearest) =>
        Assert.Equal(nearest is null ? "" : $" Did you mean '{nearest}'?", NearestName.Hint(given, ["rm", "list", "wait", "forecast", "multiscale"]));

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
