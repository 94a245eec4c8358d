using Souk.Contracts.Orders;
using Souk.Notifications.Domain;
using Souk.Notifications.Templates;
using Souk.Platform.Events;

namespace Souk.Notifications.Events;

/// <summary>A return came further: its seller hears of a new one, its buyer what became of it.</summary>
internal sealed class OnReturnMoved(Queue queue) : IHandleBatch<ReturnMoved>
{
    public Task Handle(IReadOnlyList<ReturnMoved> events, CancellationToken ct)
    {
        queue.Add([.. events.Select(Mail).OfType<NewMail>()]);
        return Task.CompletedTask;
    }

    private static NewMail? Mail(ReturnMoved moved)
    {
        var facts = MailFacts.Of(moved.Lines, reason: moved.Reason);
        return moved.Status switch
        {
            "requested" => new(BuiltIn.ReturnRequested, moved.OrderId, moved.CompanyId, Facts: facts),
            "approved" => new(BuiltIn.ReturnApproved, moved.OrderId, Facts: facts),
            "rejected" => new(BuiltIn.ReturnRejected, moved.OrderId, Facts: facts),
            "received" => new(BuiltIn.ReturnReceived, moved.OrderId, Facts: facts),
            // Its buyer withdrew it: there is nothing to do.
            _ => null,
        };
    }
}
