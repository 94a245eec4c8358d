namespace Souk.Payments.Domain;

/// <summary>How far the payments of an order came.</summary>
internal enum OrderState
{
    /// <summary>Payments are being authorised.</summary>
    Due,

    /// <summary>All are; Orders was told.</summary>
    Authorized,

    /// <summary>One was declined and the others let go; a new one may follow.</summary>
    Declined,

    /// <summary>The order is confirmed: payments are being captured.</summary>
    Confirmed,

    /// <summary>All are captured and the sale is in the ledger.</summary>
    Captured,

    /// <summary>The order is no more: what is held is let go, what was taken goes back.</summary>
    Cancelled,
}
