using Souk.Platform;

namespace Souk.UnitTests.Platform;

public class NamesTests
{
    [Theory]
    [InlineData("paypal", "PayPal")]
    [InlineData("paypal", "раураl")]        // Cyrillic er, a, u, er, a
    [InlineData("paypal", "РАУРАL")]        // and their capitals
    [InlineData("paypal", "ρaypal")]        // Greek rho
    [InlineData("paypal", "ｐａｙｐａｌ")]
    [InlineData("paypal", "ＰａｙＰａｌ")]
    [InlineData("paypal", "pay\u200Bpal")]
    [InlineData("paypal", " paypal\u00A0")]
    [InlineData("old  lamps", "old\u3000lamps")]
    [InlineData("BETA KIOSK", "ΒΕΤΑ ΚΙΟЅΚ")] // Greek capitals, Cyrillic dze
    public void Names_that_look_alike_have_one_key(string one, string other) =>
        Assert.Equal(Names.Key(one), Names.Key(other));

    [Theory]
    [InlineData("paypal", "paypa1")]
    [InlineData("lamps", "lamp")]
    [InlineData("old lamps", "oldlamps")]
    [InlineData("Лампы", "Лампа")]
    [InlineData("Лампы", "lamps")]
    [InlineData("Café", "Cafe")]
    [InlineData("灯", "燈")]
    public void Names_that_do_not_have_two(string one, string other) =>
        Assert.NotEqual(Names.Key(one), Names.Key(other));
}
