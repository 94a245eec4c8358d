using System.ComponentModel.DataAnnotations;
using Souk.Contracts.Orders;
using Souk.Orders.Domain;
using Souk.Platform.Http;

namespace Souk.Orders.Features;

/// <summary>Pieces of a line that a request is about.</summary>
/// <param name="LineId">The line of the order.</param>
/// <param name="Quantity">How many of it.</param>
public sealed record PiecesRequest([Required] Guid? LineId, [Range(1, 1_000_000)] int Quantity);

/// <summary>The pieces that a request names, checked against those there are.</summary>
internal static class Chosen
{
    /// <param name="wanted">What the request says.</param>
    /// <param name="lines">The lines it may speak of.</param>
    /// <param name="there">How many of which there are.</param>
    /// <param name="words">The end of "2 …", for a line of which more were named.</param>
    /// <exception cref="RuleException">422 with all that is wrong.</exception>
    public static LineQuantity[] Of(
        IReadOnlyList<PiecesRequest> wanted, IEnumerable<OrderLine> lines, IEnumerable<LineQuantity> there,
        string words)
    {
        var known = lines.ToDictionary(line => line.Id);
        var left = there.ToDictionary(piece => piece.LineId, piece => piece.Quantity);
        var (chosen, errors) = (new Dictionary<Guid, LineQuantity>(), new List<FieldError>());
        foreach (var (n, piece) in wanted.Index())
        {
            var id = piece.LineId!.Value;
            if (!known.TryGetValue(id, out var line))
                Wrong("line_id", "unknown_line", "There is no such line here that you may speak of.");
            else if (!chosen.TryAdd(id, new LineQuantity(id, line.OfferId, piece.Quantity)))
                Wrong("line_id", "duplicate_line", "This line stands here twice. Name it once.");
            else if (piece.Quantity > left.GetValueOrDefault(id))
                Wrong("quantity", "too_many_pieces", $"{left.GetValueOrDefault(id)} {words}.");

            void Wrong(string field, string code, string detail) =>
                errors.Add(new FieldError($"/lines/{n}/{field}", code, detail));
        }
        return errors is [var first, ..]
            ? throw new RuleException(422, first.Code, first.Detail, [.. errors])
            : [.. chosen.Values];
    }
}
