-- Sign-ins that ended long ago are removed a few thousand at a time, and found without reading all others.
create index concurrently sessions_ended on sessions (ended_at) where ended_at is not null;
