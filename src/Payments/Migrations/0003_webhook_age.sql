-- Old webhooks are forgotten by age.
create index webhooks_age on webhooks using brin (received_at);
