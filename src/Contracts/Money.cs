using System.Text.Json.Serialization;

namespace Souk.Contracts;

/// <summary>An amount as the API shows it: <c>{"amount": 1999, "currency": "EUR"}</c>.</summary>
/// <param name="Amount">In minor units: 1999 is 19.99 EUR, 1999 JPY, 1.999 BHD.</param>
/// <param name="Currency">The ISO 4217 code, upper case.</param>
// A struct has a constructor without parameters too; without this mark JSON would take that, and no member would be required.
[method: JsonConstructor]
public readonly record struct Money(long Amount, string Currency);
