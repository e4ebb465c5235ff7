package dev.coweave.samples.simulation;

/** Three simulations of some hours and weeks. The same seed gives the same figures, in any JVM. */
public final class Simulation {
  private Simulation() {}

  /**
   * Runs them.
   *
   * @param args are ignored
   * @throws Exception if a process fails
   */
  public static void main(String[] args) throws Exception {
    System.out.println("-- a bank whose customers renege");
    Bank.run(42);
    System.out.println("-- a machine shop, for four weeks");
    MachineShop.run(42);
    System.out.println("-- a car wash");
    CarWash.run(42);
  }
}
