import AzureLinux
import CRPM

/// rpm's order of versions, in which `1.10` follows `1.9` and `1.0~rc1` precedes `1.0`.
package enum RPMVersion {
  /// Below 0: `a` is older; above 0: newer.
  package static func compare(_ a: EVR, _ b: EVR) -> Int {
    // because comparing touches nothing but its two arguments, it needs no turn in librpm
    let first = version(a)
    let second = version(b)
    defer {
      rpmverFree(first)
      rpmverFree(second)
    }
    return Int(rpmverCmp(first, second))
  }

  package static func isOlder(_ a: EVR, _ b: EVR) -> Bool { compare(a, b) < 0 }

  private static func version(_ evr: EVR) -> OpaquePointer? {
    rpmverNew(evr.epoch.map(String.init), evr.version, evr.release.isEmpty ? nil : evr.release)
  }
}
