using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Security;

namespace Souk.Platform.Http;

internal static class CurrentCallerExtensions
{
    /// <summary>Who makes the request; anonymous where authentication has not run.</summary>
    public static Caller CurrentCaller(this HttpContext http) =>
        http.Features.Get<Caller>() ?? http.RequestServices.GetService<Caller>() ?? Caller.Anonymous;
}
