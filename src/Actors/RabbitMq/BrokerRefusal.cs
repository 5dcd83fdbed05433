using System.Security.Authentication;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace LedCluster.Actors.RabbitMq;

/// <summary>Reasons why a broker will not be reached however often it is tried.</summary>
internal static class BrokerRefusal
{
    /// <summary>What to tell when a first attempt failed for such a reason; null when it is worth trying again.</summary>
    public static string? OfLogin(BrokerOptions broker, Exception error)
    {
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationFailureException refused)
                return $"The broker {broker} refuses the login: {refused.Message} Check the user in its address and the password in the environment.";
            if (inner is AuthenticationException tls)
                return $"No trusted connection to the broker {broker}: {tls.Message} Its certificate must be for the name in the address and from a trusted authority; name the authority's file.";
        }
        return null;
    }

    /// <summary>What to tell when a run's queues exist with other properties than those asked for; null when it is not that.</summary>
    public static string? OfQueues(RunId run, OperationInterruptedException error) => error.ShutdownReason?.ReplyCode != Constants.PreconditionFailed ? null
        : $"The broker has queues of run {run} of another kind: {error.ShutdownReason.ReplyText}. They were declared with another --queues, or by another version. "
            + $"Go on with the --queues that the run was started with, or remove its queues: rabbitmqctl delete_queue led.{run}.micro, and so on.";
}
