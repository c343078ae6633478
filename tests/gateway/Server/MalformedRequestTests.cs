using System.Net.Http.Headers;
using System.Text;
using Vault.Protocol;

namespace Vault.Gateway.Tests.Server;

public sealed class MalformedRequestTests(VaultFixture fixture) : IClassFixture<VaultFixture>
{
    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v1/nothing")]
    [InlineData("GET", "/v2/server")]
    [InlineData("DELETE", Routes.Server)]
    [InlineData("PUT", Routes.Files)]
    public async Task Request_NoSuchRouteOrMethod_IsNotFound(string method, string path)
    {
        using var person = new TestPerson(fixture.Vault);

        using var response = await person.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        await response.IsProblemAsync(ErrorCode.NotFound);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"email":"ada@example.org"}""")]
    [InlineData("""{"email":null,"ke1":"AAAA"}""")]
    [InlineData("""{"email":"ada@example.org","ke1":"no base64!"}""")]
    [InlineData("""{"email":"ada@example.org","ke1":"AAAA"} and more""")]
    [InlineData("""{"email":"ada@example.org","ke1":"AAAA"}""")]
    [InlineData("""{"email":"no address","ke1":"AAAA"}""")]
    [InlineData("""{"email":{"email":{"email":{"email":{"email":{"email":{"email":{"email":{}}}}}}}}}""")]
    public async Task Post_JsonOfAnotherForm_IsInvalid(string json)
    {
        using var person = new TestPerson(fixture.Vault);

        using var response = await person.Http.PostAsync(Routes.LoginStart, Json(json));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_LongerThanAllowed_IsInvalid(bool lengthIsSaid)
    {
        using var person = new TestPerson(fixture.Vault);
        var content = Json($$"""{"email":"{{new string('a', 1_000_000)}}","ke1":"AAAA"}""");

        using var response = await person.Http.PostAsync(
            Routes.LoginStart, lengthIsSaid ? content : new UnknownLength(content));

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData("files/xyz/versions/1")]
    [InlineData("files/0000000000000000000000000000000A/versions/1")]
    [InlineData("files/00000000000000000000000000000001/versions/-1")]
    [InlineData("files/00000000000000000000000000000001/versions/4294967296")]
    [InlineData("files?limit=0")]
    [InlineData("files?limit=5001")]
    [InlineData("files?limit=ten")]
    [InlineData("files?after=yesterday")]
    [InlineData("files?nameTag=12")]
    [InlineData("files?nameTag=")]
    public async Task Get_WithAWrongParameter_IsInvalid(string path)
    {
        using var person = await TestPerson.SignUpAsync(fixture.Vault);

        using var response = await person.Http.GetAsync($"/v1/{path}");

        await response.IsProblemAsync(ErrorCode.InvalidRequest);
    }

    internal static ByteArrayContent Json(string json) => new(Encoding.UTF8.GetBytes(json))
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
    };

    /// <summary>A body that does not say how long it is.</summary>
    internal sealed class UnknownLength(HttpContent inner) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            inner.CopyToAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
