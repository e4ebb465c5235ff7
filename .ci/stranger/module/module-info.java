/** Requires nothing but the runtime. */
module stranger {
  requires dev.coweave;
}
