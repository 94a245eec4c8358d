using System.Text.Json;
using Souk.Platform;
using Souk.Platform.Http;

namespace Souk.UnitTests.Platform.Http;

/// <summary>P29: what looks like the number of a card, and what does not. The numbers are those that gateways give for tests.</summary>
public sealed class CardNumbersTests
{
    [Theory]
    [InlineData("4111111111111111")]
    [InlineData("4111 1111 1111 1111")]
    [InlineData("4111-1111-1111-1111")]
    [InlineData("4111.1111.1111.1111")]
    [InlineData("4111\u00A01111\u00A01111\u00A01111")]
    [InlineData("Please take 5555 5555 5555 4444, it is my other card.")]
    [InlineData("my card: 2223003122003222!")]
    [InlineData("378282246310005 (Amex)")]
    [InlineData("30569309025904")]
    [InlineData("6011111111111117")]
    [InlineData("3530111333300000")]
    [InlineData("6205500000000000004")]
    [InlineData("12 4111 1111 1111 1111 12 27 123")]
    [InlineData("2 x 4111 1111 1111 1111")]
    public void A_card_is_found_in_one_piece_and_in_groups(string text) => Assert.True(CardNumbers.IsIn(text));

    [Theory]
    [InlineData("")]
    [InlineData("no digits at all")]
    [InlineData("4111111111111112")]                             // the last digit is wrong
    [InlineData("1234 5678 9012 3452")]                          // no card begins so
    [InlineData("41111111111111111111111")]                      // longer than any
    [InlineData("4006381333931")]                                // a bar code
    [InlineData("+49 151 23456789")]
    [InlineData("DE89 3704 0044 0532 0130 00")]
    [InlineData("BE68 5390 0754 7034")]
    [InlineData("GB33 BUKB 2020 1555 5555 55")]
    [InlineData("x4111111111111111")]
    [InlineData("4111111111111111x")]
    [InlineData("019aa3f4-5a1e-7c11-8f5e-2a4f5b6c7d8e")]
    [InlineData("2026-11-22 10:15:00 to 2026-11-23 18:30:00")]
    [InlineData("10115 Berlin, Invalidenstr. 116")]
    public void Other_numbers_are_let_through(string text) => Assert.False(CardNumbers.IsIn(text));

    [Theory]
    [InlineData("/contact/name", false)]
    [InlineData("/payments/0/token", false)]
    [InlineData("/lines/0/sku", true)]
    [InlineData("/tracking_number", true)]
    [InlineData("/reference", true)]
    [InlineData("/password", true)]
    [InlineData("?q", true)]
    public void Fields_of_other_numbers_may_hold_any(string pointer, bool may) =>
        Assert.Equal(may, CardNumbers.MayStandAt(pointer));

    /// <summary>What a request may hold besides its own fields.</summary>
    public sealed record FreeRequest(
        IReadOnlyDictionary<string, JsonElement>? Attributes = null, IReadOnlyDictionary<string, string>? Options = null,
        JsonElement? Data = null);

    [Theory]
    [InlineData("""{"attributes":{"note":"4111 1111 1111 1111"}}""", "/attributes/note")]
    [InlineData("""{"attributes":{"number":4111111111111111}}""", "/attributes/number")]
    [InlineData("""{"attributes":{"deep":[{"er":"4111111111111111"}]}}""", "/attributes/deep/0/er")]
    [InlineData("""{"attributes":{"4111111111111111":true}}""", "/attributes")]
    [InlineData("""{"options":{"a/b":"5555555555554444"}}""", "/options/a~1b")]
    [InlineData("""{"data":{"text":["x","378282246310005"]}}""", "/data/text/1")]
    public void It_is_found_wherever_a_caller_names_the_fields(string body, string pointer)
    {
        var request = JsonSerializer.Deserialize<FreeRequest>(body, Json.Api)!;

        var refusal = Assert.Throws<RuleException>(() => Validation.Validate(request));

        var error = Assert.Single(refusal.Errors);
        Assert.Equal((pointer, "card_number"), (error.Pointer, error.Code));
    }

    [Fact]
    public void Other_values_of_free_fields_are_let_through_but_for_half_characters()
    {
        const string Good = """{"attributes":{"width":120,"of":null,"é":"x"},"options":{"sku":"4111111111111111"},"data":[]}""";
        Validation.Validate(JsonSerializer.Deserialize<FreeRequest>(Good, Json.Api)!);

        var half = new FreeRequest(Options: new Dictionary<string, string> { ["size"] = "L\0" });
        Assert.Equal("invalid_text", Assert.Throws<RuleException>(() => Validation.Validate(half)).Code);
    }
}
