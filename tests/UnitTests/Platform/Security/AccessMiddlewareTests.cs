using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Souk.Platform.Http;
using Souk.Platform.Security;

namespace Souk.UnitTests.Platform.Security;

public sealed class AccessMiddlewareTests
{
    private static readonly Guid Company = Guid.CreateVersion7();

    [Fact]
    public void The_program_does_not_start_while_a_route_has_no_policy_and_says_which()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => Middleware(Route("/open"), Route("/closed", new AccessRule(AccessKind.Guests, []))));

        Assert.Contains("/open", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/closed", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AccessKind.Guests, "guest", 0)]
    [InlineData(AccessKind.Guests, "member", 0)]
    [InlineData(AccessKind.SignedIn, "guest", 401)]
    [InlineData(AccessKind.SignedIn, "customer", 0)]
    [InlineData(AccessKind.Permission, "guest", 401)]
    [InlineData(AccessKind.Permission, "customer", 403)]
    [InlineData(AccessKind.Permission, "member", 0)]
    [InlineData(AccessKind.Permission, "other member", 403)]
    [InlineData(AccessKind.Permission, "staff", 0)]
    public async Task A_route_is_open_to_whom_its_policy_names(AccessKind kind, string who, int refused)
    {
        var route = Route("/orders", new AccessRule(kind, kind == AccessKind.Permission ? [Permissions.OrdersManage] : []));
        var reached = false;
        var middleware = Middleware(_ => { reached = true; return Task.CompletedTask; }, route);
        var http = new DefaultHttpContext();
        http.SetEndpoint(route);
        http.Features.Set(Somebody(who));

        if (refused == 0)
            await middleware.Invoke(http);
        else
            Assert.Equal(refused, (await Assert.ThrowsAsync<RuleException>(() => middleware.Invoke(http))).Status);

        Assert.Equal(refused == 0, reached);
    }

    private static Caller Somebody(string who) => who switch
    {
        "customer" => new Caller { AccountId = Guid.CreateVersion7() },
        "member" => Member(Permissions.OrdersManage),
        "other member" => Member(Permissions.OrdersRead),
        "staff" => new Caller { AccountId = Guid.CreateVersion7(), Permissions = new HashSet<string> { Permissions.OrdersManage } },
        _ => new Caller { CartId = Guid.CreateVersion7(), OrderId = Guid.CreateVersion7() },
    };

    private static Caller Member(string permission) => new()
    {
        AccountId = Guid.CreateVersion7(),
        Companies = new Dictionary<Guid, IReadOnlySet<string>> { [Company] = new HashSet<string> { permission } },
    };

    private static RouteEndpoint Route(string path, params object[] metadata) =>
        new(_ => Task.CompletedTask, RoutePatternFactory.Parse(path), 0, new EndpointMetadataCollection(metadata), path);

    private static AccessMiddleware Middleware(params Endpoint[] routes) => Middleware(_ => Task.CompletedTask, routes);

    private static AccessMiddleware Middleware(RequestDelegate next, params Endpoint[] routes) => new(next, new DefaultEndpointDataSource(routes));
}
