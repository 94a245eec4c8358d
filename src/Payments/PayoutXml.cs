using System.Globalization;
using System.Xml.Linq;
using Souk.Contracts;
using Souk.Payments.Domain;
using Souk.Platform.Http;

namespace Souk.Payments;

/// <summary>Writes payouts as a credit transfer of ISO 20022 (<c>pain.001.001.09</c>), which banks take as a file.</summary>
internal static class PayoutXml
{
    private static readonly XNamespace Pain = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";

    /// <exception cref="RuleException">409 <c>payer_account_missing</c>: the settings do not say from where.</exception>
    public static void Require(PaymentsOptions options)
    {
        if (options is not { PayerName: not null, PayerIban: not null })
            throw new RuleException("payer_account_missing",
                "Set Payments__PayerName and Payments__PayerIban: whose account it is that pays.");
    }

    public static string Write(PayoutFile file, IReadOnlyList<Payout> payouts, PaymentsOptions options)
    {
        Require(options);
        var sum = Amount(payouts.Sum(p => p.AmountMinor), file.Currency);
        var count = payouts.Count.ToString(CultureInfo.InvariantCulture);
        var created = file.CreatedAt.UtcDateTime;
        var isEuro = file.Currency == "EUR";
        var document = new XDocument(new XElement(Pain + "Document", new XElement(Pain + "CstmrCdtTrfInitn",
            new XElement(Pain + "GrpHdr",
                Text("MsgId", $"{file.Id:N}"),
                Text("CreDtTm", created.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
                Text("NbOfTxs", count), Text("CtrlSum", sum),
                new XElement(Pain + "InitgPty", Text("Nm", options.PayerName!))),
            new XElement(Pain + "PmtInf",
                Text("PmtInfId", $"{file.Id:N}"), Text("PmtMtd", "TRF"), Text("NbOfTxs", count), Text("CtrlSum", sum),
                isEuro ? new XElement(Pain + "PmtTpInf", new XElement(Pain + "SvcLvl", Text("Cd", "SEPA"))) : null,
                new XElement(Pain + "ReqdExctnDt", Text("Dt",
                    created.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))),
                new XElement(Pain + "Dbtr", Text("Nm", options.PayerName!)),
                Account("DbtrAcct", options.PayerIban!), Bank("DbtrAgt", bic: null),
                Text("ChrgBr", isEuro ? "SLEV" : "SHAR"),
                payouts.Select(Transfer)))));
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + document + "\n";
    }

    private static XElement Transfer(Payout payout) => new(Pain + "CdtTrfTxInf",
        new XElement(Pain + "PmtId", Text("EndToEndId", $"{payout.Id:N}")),
        new XElement(Pain + "Amt", new XElement(
            Pain + "InstdAmt", new XAttribute("Ccy", payout.Currency), Amount(payout.AmountMinor, payout.Currency))),
        payout.Bic is null ? null : Bank("CdtrAgt", payout.Bic),
        new XElement(Pain + "Cdtr", Text("Nm", payout.Holder)),
        Account("CdtrAcct", payout.Iban),
        new XElement(Pain + "RmtInf", Text("Ustrd", $"Payout {payout.Id}")));

    private static XElement Account(string name, string iban) =>
        new(Pain + name, new XElement(Pain + "Id", Text("IBAN", iban)));

    private static XElement Bank(string name, string? bic) => new(Pain + name, new XElement(
        Pain + "FinInstnId", bic is null ? new XElement(Pain + "Othr", Text("Id", "NOTPROVIDED"))
            : Text("BICFI", bic)));

    private static XElement Text(string name, string value) => new(Pain + name, value);

    private static string Amount(long minor, string currency) => Currencies.ToMajor(minor, currency)
        .ToString("F" + Currencies.Digits(currency).ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture);
}
