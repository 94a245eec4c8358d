using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Souk.Contracts;
using Souk.Platform.Db;
using Souk.Platform.Events;
using Souk.Platform.Events.Kafka;
using Souk.Platform.Jobs;
using Souk.Platform.Telemetry;

namespace Souk.Platform;

/// <summary>What a module says about itself while it registers.</summary>
public static class ServiceBuilderExtensions
{
    /// <summary>Registers the service's database, its outbox relay and its consumer.</summary>
    /// <typeparam name="TDb">The database: <c>internal sealed class OrdersDb(DbContextOptions&lt;OrdersDb&gt; options, Service&lt;OrdersDb&gt; service) : ServiceDb(options, service)</c>.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">Role, schema and topic of the service.</param>
    public static ServiceBuilder<TDb> AddService<TDb>(this IHostApplicationBuilder builder, string name) where TDb : ServiceDb
    {
        var services = builder.Services;
        services.AddSingleton(provider => new Service<TDb>(
            name, provider.GetRequiredService<Connections>().For(name), provider.GetRequiredService<Signals>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Service>(provider => provider.GetRequiredService<Service<TDb>>());
        services.AddDbContext<TDb>(
            (provider, options) => options
                .UseNpgsql(provider.GetRequiredService<Service<TDb>>().DataSource)
                // Else EF Core looks for its services by all the options, for every request and batch.
                .UseInternalServiceProvider(new ServiceCollection().AddEntityFrameworkNpgsql().BuildServiceProvider())
                .AddInterceptors(WorkInterceptor.Instance),
            contextLifetime: ServiceLifetime.Scoped,
            optionsLifetime: ServiceLifetime.Singleton);
        services.AddKeyedScoped<ServiceDb>(name, (provider, _) => provider.GetRequiredService<TDb>());
        services.AddSingleton(new MigrationSource(name, typeof(TDb).Assembly));
        var kafka = builder.UsesKafka();
        services.AddSingleton<IHostedService>(provider =>
            ActivatorUtilities.CreateInstance<Relay>(provider, provider.GetRequiredService<Service<TDb>>(), kafka));
        if (kafka)
            services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<KafkaPublisher>(
                provider, provider.GetRequiredService<Service<TDb>>()));
        var subscriptions = new List<Subscription>();
        services.AddSingleton<IHostedService>(provider =>
        {
            var service = provider.GetRequiredService<Service<TDb>>();
            service.Subscriptions.AddRange(subscriptions);
            return kafka
                ? ActivatorUtilities.CreateInstance<KafkaConsumer>(provider, service)
                : ActivatorUtilities.CreateInstance<Consumer>(provider, service);
        });
        return new ServiceBuilder<TDb>(builder, name, subscriptions).Job<Maintenance<TDb>>(TimeSpan.FromMinutes(1));
    }

    /// <summary>
    /// Options of a section, checked at start. The attributes mean nothing without the check, and come too late without the start.
    /// </summary>
    public static void AddValidatedOptions<T>(this IHostApplicationBuilder builder, string section) where T : class =>
        builder.Services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}

/// <summary>The service that a module registers.</summary>
/// <typeparam name="TDb">Its database.</typeparam>
public sealed class ServiceBuilder<TDb> where TDb : ServiceDb
{
    private readonly IHostApplicationBuilder builder;
    private readonly string name;
    private readonly List<Subscription> subscriptions;

    internal ServiceBuilder(IHostApplicationBuilder builder, string name, List<Subscription> subscriptions)
    {
        this.builder = builder;
        this.name = name;
        this.subscriptions = subscriptions;
    }

    /// <summary>Subscribes: the handler implements <see cref="IHandle{TEvent}" /> or <see cref="IHandleBatch{TEvent}" />.</summary>
    /// <param name="hurry">
    /// False where nobody waits for the effect: the consumer then gathers what comes within some 20 ms, and takes it along
    /// when it is woken for another reason. Under load that saves a transaction for most of them.
    /// </param>
    public ServiceBuilder<TDb> On<TEvent, THandler>(bool hurry = true) where TEvent : IEvent where THandler : class
    {
        builder.Services.AddScoped<THandler>();
        subscriptions.Add(new SubscriptionOf<TEvent, THandler>(hurry));
        return this;
    }

    /// <summary>Prepares for batches of several kinds of events, before their handlers run.</summary>
    public ServiceBuilder<TDb> Before<TPrepare>() where TPrepare : class, IPrepareBatch
    {
        builder.Services.AddKeyedScoped<IPrepareBatch, TPrepare>(name);
        return this;
    }

    /// <summary>
    /// Keeps the newest state of each key in a table with a <c>version</c>, and takes a state that is newer than that; by it
    /// <c>souk rebuild</c> can fill the table again.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="key">Its column with the event's key.</param>
    public ServiceBuilder<TDb> Keeps<TEvent>(string table, string key) where TEvent : IStateEvent
    {
        builder.Services.AddSingleton(Projection.Of<TDb, TEvent>(name, table, key));
        return this;
    }

    /// <summary>Owns a state event: <c>souk rebuild</c> has the present states published again.</summary>
    /// <param name="table">The table of what the event is about; it has a row for each key.</param>
    /// <param name="key">Its column with the event's key.</param>
    /// <param name="states">Reads the present states of some keys.</param>
    public ServiceBuilder<TDb> Owns<TEvent>(
        string table, string key, Func<TDb, Guid[], CancellationToken, Task<List<TEvent>>> states)
        where TEvent : IStateEvent
    {
        builder.Services.AddSingleton(StateSource.Of(name, table, key, states));
        return this;
    }

    /// <summary>
    /// Every process hears it, from now on: for caches. Reads the topic without a group and without a record of it;
    /// the action must not write.
    /// </summary>
    public ServiceBuilder<TDb> OnEveryReplica<TEvent>(Action<IServiceProvider, TEvent> hear) where TEvent : IEvent
    {
        // The service's own log is nearer than Kafka. That of another may be out of reach.
        var fromKafka = builder.UsesKafka() && Subscription.TopicOf(typeof(TEvent)) != name;
        builder.Services.AddSingleton<IHostedService>(provider => fromKafka
            ? ActivatorUtilities.CreateInstance<KafkaBroadcast<TEvent>>(provider, hear)
            : ActivatorUtilities.CreateInstance<Broadcast<TEvent>>(provider, provider.GetRequiredService<Service<TDb>>(), hear));
        return this;
    }

    /// <summary>A figure for <c>/metrics</c> that only the database knows; read every 15 seconds by every replica.</summary>
    /// <param name="metric">Its name there.</param>
    /// <param name="description">What it is.</param>
    /// <param name="sql">Answers it as <c>float8</c>, and behind it the value of the label where there is one. Cheap, however large the tables grow.</param>
    /// <param name="label">The name of the label.</param>
    public ServiceBuilder<TDb> Gauge(string metric, string description, string sql, string? label = null)
    {
        builder.Services.AddSingleton(new ServiceGauge(name, metric, description, sql, label));
        return this;
    }

    /// <summary>Timed work that one process of the service at a time does, in a transaction like a handler's.</summary>
    /// <param name="every">How long after one run the next begins.</param>
    public ServiceBuilder<TDb> Job<TJob>(TimeSpan every) where TJob : class, IJob
    {
        builder.Services.AddScoped<TJob>();
        builder.Services.AddSingleton<IHostedService>(provider =>
            ActivatorUtilities.CreateInstance<JobRunner<TJob>>(provider, provider.GetRequiredService<Service<TDb>>(), every));
        return this;
    }

    /// <summary>Work outside the database, one loop per process, woken by <see cref="Wakes{TWorker}" /> and at the latest after a second.</summary>
    public ServiceBuilder<TDb> Worker<TWorker>() where TWorker : class, IWorker
    {
        builder.Services.AddScoped<TWorker>();
        builder.Services.AddSingleton<Wakes<TWorker>>();
        builder.Services.AddHostedService<WorkerLoop<TWorker>>();
        return this;
    }
}
