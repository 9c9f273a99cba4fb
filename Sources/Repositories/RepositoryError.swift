import AzureLinux
import RPM
import SystemPackage

package enum RepositoryError: Failure {
  case unknownRepository(String)
  /// No answer from the server, or a broken one; `reason` is libcurl's.
  case unreachable(repository: String?, url: String, reason: String)
  /// None of the servers has the file.
  case notFound(repository: String?, file: String, urls: [String])
  /// The server answers, but does not give the file.
  case refused(repository: String?, url: String, status: Int)
  case noMetadata(repository: String, url: String)
  case badMetadata(repository: String, url: String, reason: String)
  case wrongChecksum(repository: String?, file: String, url: String, expected: String, actual: String)
  case unsignedMetadata(repository: String, url: String)
  case badMetadataSignature(repository: String, url: String)
  /// Signatures are to be checked, but no key is given.
  case noKeys(repository: String)
  case unusableKey(repository: String, key: FilePath, reason: String)
  case badRPM(repository: String, RPMError)
  case noSnapshot(repository: String)
  case diskFull(FilePath, needed: Int64, available: Int64)
  case file(FilePath, doing: String, Errno)

  package var message: String {
    switch self {
    case .unknownRepository(let id): "no repository \"\(id)\" is configured"
    case .unreachable(let id, let url, let reason): "\(Self.who(id))\(url) cannot be reached: \(reason)"
    case .notFound(let id, let file, let urls):
      "\(Self.who(id))no server has \(file); asked: \(urls.joined(separator: ", "))"
    case .refused(let id, let url, let status): "\(Self.who(id))\(url) answers with HTTP status \(status)"
    case .noMetadata(let id, let url): "\(Self.who(id))there is no repository at \(url)"
    case .badMetadata(let id, let url, let reason):
      "\(Self.who(id))the metadata at \(url) are unusable: \(reason)"
    case .wrongChecksum(let id, let file, let url, let expected, let actual):
      "\(Self.who(id))\(file) from \(url) has the wrong content: expected \(expected), got \(actual)"
    case .unsignedMetadata(let id, let url):
      "\(Self.who(id))the metadata are not signed: \(url) does not exist"
    case .badMetadataSignature(let id, let url):
      "\(Self.who(id))no trusted key made the signature \(url) of these metadata"
    case .noKeys(let id): "\(Self.who(id))signatures are to be checked, but \"keys\" is empty"
    case .unusableKey(let id, let key, let reason): "\(Self.who(id))key file \(key) is unusable: \(reason)"
    case .badRPM(let id, let error): Self.who(id) + error.message
    case .noSnapshot(let id): "\(Self.who(id))its metadata were never downloaded"
    case .diskFull(let path, let needed, let available):
      "no space for \(needed) bytes at \(path): \(available) are free"
    case .file(let path, let doing, let error): "cannot \(doing) \(path): \(error.description)"
    }
  }

  package var nextStep: String? {
    switch self {
    case .unknownRepository, .noMetadata: "check [[repository]] in .azldev/config.toml"
    case .unreachable: "check the network and the URL; what was downloaded so far is kept"
    case .noSnapshot: "azl-dev init downloads them"
    case .unsignedMetadata:
      "set repo_gpgcheck = false for the repository if its metadata are not meant to be signed"
    case .badMetadataSignature, .noKeys, .unusableKey:
      "check \"keys\" of the repository in .azldev/config.toml"
    case .badRPM(_, let error): error.nextStep
    case .diskFull: "make room on that disk: .azldev/store/layers may be removed, it is made again"
    case .notFound, .refused, .badMetadata, .wrongChecksum, .file: nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .unknownRepository, .noKeys, .unusableKey: .invalidInput
    case .wrongChecksum, .unsignedMetadata, .badMetadataSignature, .badRPM: .failed
    case .unreachable, .notFound, .refused, .noMetadata, .badMetadata, .noSnapshot, .diskFull, .file:
      .environment
    }
  }

  private static func who(_ repository: String?) -> String {
    repository.map { "repository \"\($0)\": " } ?? ""
  }
}
