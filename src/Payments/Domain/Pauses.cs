namespace Souk.Payments.Domain;

/// <summary>How long we wait before a gateway is asked again.</summary>
internal static class Pauses
{
    private static readonly TimeSpan LookAtRedirect = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAtSlip = TimeSpan.FromMinutes(10);

    /// <summary>While the buyer has to act: webhooks get lost, so we look ourselves.</summary>
    public static TimeSpan Look(Payment payment) => payment.Action == "bank_slip" ? LookAtSlip : LookAtRedirect;

    /// <summary>After an unknown outcome or a refusal for now: 1, 2, 4, 8, 16, then every 30 seconds.</summary>
    public static TimeSpan Retry(int attempts) => TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(attempts - 1, 5)));
}
