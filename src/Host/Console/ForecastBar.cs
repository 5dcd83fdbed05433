using LedCluster.Host.Forecasts;

namespace LedCluster.Host.Console;

/// <summary>The progress bar of a forecast, with the remaining time, what it waits for, or that it is being stopped.</summary>
/// <param name="set">Sets the bar.</param>
/// <param name="say">Says something beside its title; null for nothing.</param>
/// <param name="note">Takes a line.</param>
internal sealed class ForecastBar(Action<double> set, Action<string?> say, Action<string> note)
{
    /// <summary>A run that is over sooner needs no foretelling.</summary>
    private const double LongSeconds = 10;

    private readonly Lock gate = new();
    private string? said;
    private bool told, stopping;

    /// <summary>Tells how far it has come. The first time that it is known of a long run how long it will take, a line says so.</summary>
    public void Tell(ForecastProgress progress)
    {
        lock (gate)
        {
            set(progress.MemberFrames);
            if (stopping)
                return;
            if (!told && progress.SecondsLeft is { } first)
            {
                told = true;
                if (first >= LongSeconds)
                    note($"about {Terminal.Time(first)} left, estimated from the first legs of each kind");
            }
            Say(progress.Waits ?? (progress.SecondsLeft is >= 1 and var left ? $"{Terminal.Time(left)} left" : null));
        }
    }

    /// <summary>Tells that the run was asked to stop.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopping = true;
            Say("stopping; the legs in progress are finished first");
        }
    }

    private void Say(string? text)
    {
        if (text != said)
            say(said = text);
    }
}
