import Foundation

/// What keeps a confined program from the kernel's keyrings: a program for its filter of system calls, `seccomp(2)`.
///
/// Keyrings belong to users and sessions, and no namespace that root's builds have parts them: a build could read the
/// keys of the machine, and leave some there. Like other tools of the field (systemd-nspawn, and with it mock; Docker,
/// Podman), this one refuses the calls, as a kernel does that has no keys.
enum KeyringFilter {
  /// Of one architecture: its number in the kernel (`AUDIT_ARCH_…`), and the first of add_key, request_key and
  /// keyctl, which follow each other everywhere.
  struct Calls {
    let architecture: UInt32
    let first: UInt32
  }

  #if arch(x86_64)
    static let calls = [
      Calls(architecture: 0xc000_003e, first: 248), Calls(architecture: 0x4000_0003, first: 286),
    ]
  #else
    static let calls = [
      Calls(architecture: 0xc000_00b7, first: 217), Calls(architecture: 0x4000_0028, first: 309),
    ]
  #endif

  private static let allowed: UInt32 = 0x7fff_0000
  private static let refused: UInt32 = 0x0005_0000 | UInt32(ENOSYS)

  /// `struct sock_filter`s, one after the other.
  static var program: [UInt8] {
    var bytes = instruction(0x20, 0, 0, 4)  // the architecture of the call
    for calls in calls {
      bytes += instruction(0x15, 0, 6, calls.architecture)  // another: to the next of them
      bytes += instruction(0x20, 0, 0, 0)  // the number of the call
      bytes += instruction(0x54, 0, 0, 0xbfff_ffff)  // without the mark of x32
      bytes += instruction(0x35, 0, 1, calls.first)  // lower: allowed
      bytes += instruction(0x25, 0, 1, calls.first + 2)  // not higher: refused
      bytes += instruction(0x06, 0, 0, allowed)
      bytes += instruction(0x06, 0, 0, refused)
    }
    return bytes + instruction(0x06, 0, 0, allowed)
  }

  private static func instruction(_ code: UInt16, _ ifTrue: UInt8, _ ifFalse: UInt8, _ value: UInt32)
    -> [UInt8]
  {
    withUnsafeBytes(of: code) { Array($0) } + [ifTrue, ifFalse] + withUnsafeBytes(of: value) { Array($0) }
  }

  /// The program as `printf %b` reads it.
  static let text = program.map { byte in
    let digits = String(byte, radix: 8)
    return "\\0" + String(repeating: "0", count: 3 - digits.count) + digits
  }.joined()
}
