import AzureLinux
import RPM
import SystemPackage

/// What one of several servers said instead of a file.
package struct ServerAnswer: Hashable, Sendable {
  package var url: String
  package var reason: String
  /// It gave a file, but with other content.
  package var isWrong: Bool
}

package enum RepositoryError: Failure {
  case unknownRepository(String)
  case configuredTwice(String)
  /// A `.repo` file; `path` as people know it.
  case repoFile(path: String, reason: String)
  /// No answer from the server, or a broken one; `reason` is libcurl's.
  case unreachable(repository: String?, url: String, reason: String)
  /// None of the servers has the file.
  case notFound(repository: String?, file: String, urls: [String])
  /// Each of several servers failed in its own way.
  case notServed(repository: String?, file: String, [ServerAnswer])
  /// The file is not here, and the network may not be asked.
  case offline(repository: String?, file: String, url: String)
  case noCredentials(path: String)
  /// The server answers, but does not give the file.
  case refused(repository: String?, url: String, status: Int)
  case noMetadata(repository: String, url: String)
  case badMetadata(repository: String, url: String, reason: String)
  /// Revisions: of what the server gives now, and of what was accepted before.
  case olderMetadata(repository: String, url: String, revision: Int64, accepted: Int64)
  case wrongChecksum(repository: String?, file: String, url: String, expected: String, actual: String)
  case unsignedMetadata(repository: String, url: String)
  case badMetadataSignature(repository: String, url: String)
  /// Signatures are to be checked, but no key is given.
  case noKeys(repository: String)
  case unusableKey(repository: String, key: FilePath, reason: String)
  case badRPM(repository: String, RPMError)
  /// `others`: whose metadata are here, and which the configuration does not name.
  case noSnapshot(repository: String, others: [String] = [])
  /// `needed`: nil where nobody knows how much it would have been.
  case diskFull(FilePath, needed: Int64?, available: Int64)
  case file(FilePath, doing: String, Errno)

  package var message: String {
    switch self {
    case .unknownRepository(let id): "no repository \"\(id)\" is configured"
    case .configuredTwice(let id): "repository \"\(id)\" is configured twice"
    case .repoFile(let path, let reason): "\(path): \(reason)"
    case .unreachable(let id, let url, let reason): "\(Self.who(id))\(url) cannot be reached: \(reason)"
    case .notFound(let id, let file, let urls):
      "\(Self.who(id))no server has \(file); asked: \(urls.joined(separator: ", "))"
    case .notServed(let id, let file, let answers):
      ([Self.who(id) + "no server gave \(file)"] + answers.map { "\($0.url): \($0.reason)" })
        .joined(separator: "\n  ")
    case .offline(let id, let file, let url):
      "\(Self.who(id))\(file) is not on this machine, and the network may not be asked for \(url)"
    case .noCredentials(let path): "the certificate or key file \(path) cannot be read"
    case .refused(let id, let url, let status): "\(Self.who(id))\(url) answers with HTTP status \(status)"
    case .noMetadata(let id, let url): "\(Self.who(id))there is no repository at \(url)"
    case .badMetadata(let id, let url, let reason):
      "\(Self.who(id))the metadata at \(url) are unusable: \(reason)"
    case .olderMetadata(let id, let url, let revision, let accepted):
      "\(Self.who(id))the metadata at \(url) are older than those that were accepted before: "
        + "revision \(revision) after \(accepted)"
    case .wrongChecksum(let id, let file, let url, let expected, let actual):
      "\(Self.who(id))\(file) from \(url) has the wrong content: expected \(expected), got \(actual)"
    case .unsignedMetadata(let id, let url):
      "\(Self.who(id))the metadata are not signed: \(url) does not exist"
    case .badMetadataSignature(let id, let url):
      "\(Self.who(id))no trusted key made the signature \(url) of these metadata"
    case .noKeys(let id): "\(Self.who(id))signatures are to be checked, but \"keys\" is empty"
    case .unusableKey(let id, let key, let reason): "\(Self.who(id))key file \(key) is unusable: \(reason)"
    case .badRPM(let id, let error): Self.who(id) + error.message
    case .noSnapshot(let id, _): "\(Self.who(id))its metadata were never downloaded"
    case .diskFull(let path, let needed, let available):
      "no space for \(needed.map { "\($0) bytes" } ?? "what is being downloaded") at \(path): \(available) are free"
    case .file(let path, let doing, let error): "cannot \(doing) \(path): \(error.description)"
    }
  }

  package var nextStep: String? {
    switch self {
    case .configuredTwice:
      "each [[repository]] of .azldev/config.toml and each section of [repositories] files needs an id of its own"
    case .repoFile: "[repositories] files names it"
    case .unknownRepository, .noMetadata: "check [[repository]] in .azldev/config.toml"
    case .unreachable: "check the network and the URL; what was downloaded so far is kept"
    case .noSnapshot(_, let others) where !others.isEmpty:
      "what was downloaded here is of \(others.joined(separator: ", ")), which .azldev/config.toml and config.local.toml do "
        + "not name: azl-dev init --mirror <url> writes its mirror there again; azl-dev repo sync downloads what they name now"
    case .noSnapshot: "azl-dev repo sync downloads them"
    case .unsignedMetadata:
      "set repo_gpgcheck = false for the repository if its metadata are not meant to be signed"
    case .badMetadataSignature, .noKeys, .unusableKey:
      "check \"keys\" of the repository in .azldev/config.toml"
    case .badRPM(_, let error): error.nextStep
    case .offline: "without --offline (and AZL_DEV_OFFLINE) it is downloaded"
    case .noCredentials: "check \"ca\", \"cert\" and \"key\" in .azldev/config.toml"
    case .refused(_, _, 400...403):
      "if the server asks for a client certificate, name it: \"cert\" and \"key\" of [sources] or of the repository"
    case .olderMetadata:
      "a mirror may be behind, or give an old state on purpose; if that state is meant: azl-dev repo sync --accept-older"
    case .notServed: "check the network and the URLs; what was downloaded so far is kept"
    case .diskFull: "make room on that disk: .azldev/store/layers may be removed, it is made again"
    case .notFound, .refused, .badMetadata, .wrongChecksum, .file: nil
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .unknownRepository, .configuredTwice, .repoFile, .noKeys, .unusableKey, .noCredentials: .invalidInput
    case .notServed(_, _, let answers): answers.contains(where: \.isWrong) ? .failed : .environment
    case .wrongChecksum, .olderMetadata, .unsignedMetadata, .badMetadataSignature, .badRPM: .failed
    case .unreachable, .notFound, .offline, .refused, .noMetadata, .badMetadata, .noSnapshot, .diskFull,
      .file:
      .environment
    }
  }

  private static func who(_ repository: String?) -> String {
    repository.map { "repository \"\($0)\": " } ?? ""
  }
}
