using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace Souk.Platform.Db;

/// <summary>
/// Tables and columns are named as SQL is written: <c>OrderLine.UnitPriceMinor</c> is <c>order_lines.unit_price_minor</c> when
/// the set is called <c>OrderLines</c>. Versions are concurrency tokens.
/// </summary>
internal sealed class SnakeCase : IModelFinalizingConvention
{
    public void ProcessModelFinalizing(IConventionModelBuilder modelBuilder, IConventionContext<IConventionModelBuilder> context)
    {
        foreach (var entity in modelBuilder.Metadata.GetEntityTypes())
        {
            if (entity.GetTableName() is { } table)
                entity.Builder.ToTable(JsonNamingPolicy.SnakeCaseLower.ConvertName(table));
            foreach (var property in entity.GetProperties())
            {
                property.Builder.HasColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.GetColumnName()));
                if (property.Name == nameof(IVersioned.Version) && typeof(IVersioned).IsAssignableFrom(entity.ClrType))
                    property.Builder.IsConcurrencyToken(true);
            }
        }
    }
}
