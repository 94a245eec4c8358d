using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Souk.Contracts;
using Souk.Platform.Security;

namespace Souk.Payments.Features;

/// <summary>The trial balance: all debits and credits per account and currency, folded from the entries. Whoever may read the ledger.</summary>
internal static class GetTrialBalance
{
    public static void Map(IEndpointRouteBuilder ledger) =>
        ledger.MapGet("/trial-balance", Handle).RequirePermission(Permissions.LedgerRead)
            .WithSummary("Show the trial balance")
            .WithDescription("Per currency; debits and credits are equal, or something is very wrong.");

    private static async Task<Ok<TrialBalanceResponse>> Handle(PaymentsDb db, CancellationToken ct)
    {
        var rows = await db.Query("""
            select currency, account, coalesce(sum(amount_minor) filter (where amount_minor > 0), 0)::bigint,
                   coalesce(-sum(amount_minor) filter (where amount_minor < 0), 0)::bigint
              from ledger_entries group by currency, account order by currency, account
            """,
            row => (Currency: row.GetString(0), Account: row.GetString(1), Debit: row.GetInt64(2), Credit: row.GetInt64(3)), ct);
        return TypedResults.Ok(new TrialBalanceResponse([.. rows.GroupBy(row => row.Currency).Select(currency => new CurrencyBalance(
            currency.Key, new Money(currency.Sum(row => row.Debit), currency.Key), new Money(currency.Sum(row => row.Credit), currency.Key),
            currency.Sum(row => row.Debit) == currency.Sum(row => row.Credit),
            [.. currency.Select(row => new AccountBalance(
                row.Account, new Money(row.Debit, row.Currency), new Money(row.Credit, row.Currency), new Money(row.Debit - row.Credit, row.Currency)))]))]));
    }
}

/// <summary>The trial balance.</summary>
/// <param name="Currencies">One each, in the order of their codes.</param>
public sealed record TrialBalanceResponse(IReadOnlyList<CurrencyBalance> Currencies);

/// <summary>The balance of one currency.</summary>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Debit">Sum of all debits.</param>
/// <param name="Credit">Sum of all credits.</param>
/// <param name="Balanced">Whether they are equal.</param>
/// <param name="Accounts">One row per account.</param>
public sealed record CurrencyBalance(string Currency, Money Debit, Money Credit, bool Balanced, IReadOnlyList<AccountBalance> Accounts);

/// <summary>The balance of one account, all companies together.</summary>
/// <param name="Account">Its code.</param>
/// <param name="Debit">Sum of its debits.</param>
/// <param name="Credit">Sum of its credits.</param>
/// <param name="Balance">Debit less credit.</param>
public sealed record AccountBalance(string Account, Money Debit, Money Credit, Money Balance);
