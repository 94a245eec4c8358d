using Souk.Contracts.Payments;
using Souk.Platform.Http;

namespace Souk.Payments.Domain;

/// <summary>
/// What becomes of suspicious payments. The gateway holds the money of one that is reviewed, and the order waits for it like
/// for a buyer who has to act: whoever decides too late finds the order cancelled.
/// </summary>
internal static class Reviewing
{
    /// <summary>The gateway authorised a payment that rules find suspicious.</summary>
    public static void Suspect(this OrderMoney order, Payment payment, Suspicion suspicion)
    {
        if (suspicion.Rules.Any(rule => rule.Action == FraudAction.Decline))
        {
            order.Refuse(payment);
            return;
        }
        payment.Status = PaymentStatus.InReview;
        order.Changes.Reviews.Add(new Review(payment.Id, suspicion));
        order.Changes.Events.Add(new PaymentActionRequired(
            order.OrderId, payment.Id, "review", $"/orders/{order.OrderId}", suspicion.ReviewUntil));
    }

    /// <summary>A person finds nothing wrong: the order goes on when all its payments are authorised. Staff.</summary>
    public static void Approve(this OrderMoney order, Payment payment)
    {
        Check(payment);
        payment.Status = PaymentStatus.Authorized;
        order.Touch(payment);
        order.CompleteAuthorization();
    }

    /// <summary>A person does not trust it: it is declined and let go. Staff.</summary>
    public static void Reject(this OrderMoney order, Payment payment)
    {
        Check(payment);
        order.Refuse(payment);
        order.Changes.Events.Add(new PaymentRejected(order.OrderId, payment.Id));
    }

    /// <summary>A payment is reviewed no longer: whatever became of it was decided elsewhere.</summary>
    public static void EndReview(this OrderMoney order, Payment payment)
    {
        if (payment.Status == PaymentStatus.InReview)
            order.Changes.ReviewsToEnd.Add(payment.Id);
    }

    // What the buyer is told is no help for trying again in a better way.
    private static void Refuse(this OrderMoney order, Payment payment)
    {
        order.Lack(payment, "payment_refused", "This payment was not accepted. Use another way to pay.");
        (payment.Code, payment.Detail) = ("payment_refused", "This payment was not accepted. Use another way to pay.");
    }

    private static void Check(Payment payment)
    {
        if (payment.Status != PaymentStatus.InReview)
            throw new RuleException("payment_move",
                $"A payment that is {Words.Of(payment.Status)} is not in review. Nothing is to be decided.");
    }
}
