import AzureLinux
import SystemPackage

package enum RPMError: Failure {
  case unreadable(FilePath, reason: String)
  case keyUnreadable(FilePath, reason: String)
  case unsigned(FilePath)
  /// Long key id, 16 hexadecimal digits.
  case unknownKey(FilePath, key: String)
  case badSignature(FilePath, key: String)
  /// Header or payload is not what was packed.
  case badDigest(FilePath)
  case badQueryOutput(line: String)

  package var message: String {
    switch self {
    case .unreadable(let rpm, let reason): "\(rpm) cannot be read as an RPM: \(reason)"
    case .keyUnreadable(let key, let reason): "\(key) is no usable OpenPGP public key: \(reason)"
    case .unsigned(let rpm): "\(rpm.name) has no signature"
    case .unknownKey(let rpm, let key):
      "\(rpm.name) is signed by key \(key), which is not among the trusted ones"
    case .badSignature(let rpm, let key): "\(rpm.name) has a bad signature of key \(key)"
    case .badDigest(let rpm): "\(rpm.name) is damaged: its digests do not match its content"
    case .badQueryOutput(let line): "rpm listed an installed package in an unknown form: \(line)"
    }
  }

  package var nextStep: String? {
    switch self {
    case .keyUnreadable: "check \"keys\" of the repository in .azldev/config.toml"
    case .unknownKey: "if that key is to be trusted, add its file to \"keys\" of the repository"
    case .unsigned: "set gpgcheck = false for the repository if it is not meant to be signed"
    case .unreadable, .badSignature, .badDigest, .badQueryOutput: nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .keyUnreadable: .invalidInput
    default: .failed
    }
  }
}

extension FilePath {
  fileprivate var name: String { lastComponent?.string ?? string }
}
