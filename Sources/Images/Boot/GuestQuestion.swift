import AzureLinux
import Foundation
import SystemPackage

/// What a guest is asked once somebody is logged in, one after the other.
enum GuestQuestion: Hashable {
  case install([RPMFile], time: Int)
  case state(nonce: String)
  case failedUnits
  case unitLog(String)
  case access(key: String)
  case smoke(SmokeTest)
  case proof(BootProof)

  /// For people.
  var name: String {
    switch self {
    case .install: "rpm"
    case .state: "systemd to have started everything"
    case .failedUnits: "the list of failed units"
    case .unitLog(let unit): "the log of \(unit)"
    case .access: "SSH"
    case .smoke(let test): "\"\(test.name)\""
    case .proof(let proof): "the digest of \(proof.file)"
    }
  }

  var command: String {
    switch self {
    case .install(let rpms, let time):
      // the clock stands where it stood when the machine was saved; rpm checks the digests
      "date -s @\(time) >/dev/null; rpm -U --oldpackage --replacepkgs --nosignature "
        + rpms.map(Self.path).joined(separator: " ")
    case .state(let nonce): "echo \(nonce); systemctl is-system-running --wait"
    case .failedUnits:
      "command -v systemctl >/dev/null || exit 127; "
        + "systemctl list-units --failed --plain --no-legend --no-pager 2>/dev/null"
    case .unitLog(let unit):
      "journalctl -b -q -o cat --no-pager -n \(GuestAnswers.unitLines) -u \(quotedForShell(unit))"
    case .access(let key): GuestChannel.access(key: key)
    case .smoke(let test): test.command
    case .proof(let proof):
      "echo \(proof.nonce); sha256sum \(quotedForShell(proof.file)) | cut -c1-64"
    }
  }

  /// Where an RPM is put in the guest.
  static func path(_ rpm: RPMFile) -> String { "\(GuestChannel.folder)/azl-\(rpm.digest.hex.prefix(16)).rpm" }
}

private func quotedForShell(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
