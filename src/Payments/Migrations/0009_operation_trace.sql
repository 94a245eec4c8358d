-- The trace of what asked for the work: what follows from the gateway's answer goes on in it.
alter table operations add column trace text;
