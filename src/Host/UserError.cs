namespace LedCluster.Host;

/// <summary>Something the user gave cannot be used; the message says what was given, what was expected and how to fix it.</summary>
internal sealed class UserError(string message) : Exception(message)
{
    /// <summary>Reads something that the user named; data that cannot be used are the user's to mend.</summary>
    public static T OnBadData<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException error)
        {
            throw new UserError(error.Message);
        }
    }
}
