using Souk.Contracts.Inventory;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>An offer runs low: its seller gets a mail.</summary>
internal sealed class OnStockRanLow(Queue queue) : IHandleBatch<StockRanLow>
{
    public Task Handle(IReadOnlyList<StockRanLow> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(low => new NewMail(
            BuiltIn.StockLow, CompanyId: low.CompanyId,
            Facts: new MailFacts(Sku: low.Sku, Title: low.Title, Left: low.Left, LowStockAt: low.LowStockAt)))]);
        return Task.CompletedTask;
    }
}
