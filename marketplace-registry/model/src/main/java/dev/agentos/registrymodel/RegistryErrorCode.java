package dev.agentos.registrymodel;

import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;

/** Failures of a registry and of its clients. */
public enum RegistryErrorCode implements ErrorCode {
    /** There is no listing of that slug. */
    LISTING_NOT_FOUND(ErrorType.USER, false),
    /** There is no release of that version or digest. */
    RELEASE_NOT_FOUND(ErrorType.USER, false),
    /** The version was published before, with other bytes. */
    RELEASE_EXISTS(ErrorType.USER, false),
    /** The verifier refuses the JAR. */
    PLUGIN_REFUSED(ErrorType.USER, false),
    /** A parameter of the query is not understood. */
    INVALID_QUERY(ErrorType.USER, false),
    /** The cursor is not one that this registry gave. */
    INVALID_CURSOR(ErrorType.USER, false),
    /** No such resource or method. */
    UNKNOWN_RESOURCE(ErrorType.USER, false),
    /** The JAR or an answer is larger than what is read. */
    TOO_LARGE(ErrorType.USER, false),
    /** The token's owner may do something else. */
    RIGHT_MISSING(ErrorType.DENIED, false),
    /** The token is missing or wrong. */
    UNAUTHENTICATED(ErrorType.DENIED, false),
    /** The registry has no publish token, so nobody may publish over HTTP. */
    PUBLISHING_DISABLED(ErrorType.DENIED, false),
    /** The registry's address cannot be used. */
    INVALID_ADDRESS(ErrorType.USER, false),
    /** The registry does not answer, answers late, or breaks off. */
    UNAVAILABLE(ErrorType.EXTERNAL, true),
    /** The registry's answer is not what its protocol says. */
    INVALID_ANSWER(ErrorType.EXTERNAL, false),
    /** A downloaded JAR is not the one that the release names. */
    DIGEST_MISMATCH(ErrorType.EXTERNAL, false),
    /** What was given is no fingerprint of a key. */
    INVALID_FINGERPRINT(ErrorType.USER, false),
    /** The registry has no signed index. */
    INDEX_UNSIGNED(ErrorType.EXTERNAL, false),
    /** The index is signed with another key than the one that is trusted. */
    KEY_CHANGED(ErrorType.DENIED, false),
    /** The index, or its signature, was altered. */
    BAD_SIGNATURE(ErrorType.DENIED, false),
    /** The signed index has expired: the registry stands still, or somebody holds back newer ones. */
    INDEX_EXPIRED(ErrorType.EXTERNAL, true),
    /** The signed index is older than one that was seen before. */
    INDEX_ROLLED_BACK(ErrorType.DENIED, false),
    /** The signed index's version or expiry is further ahead than it can be. */
    INDEX_IMPLAUSIBLE(ErrorType.DENIED, false),
    /** A listing's releases are not those of the signed index. */
    INDEX_MISMATCH(ErrorType.DENIED, false),
    /** The registry's directory cannot be read or written. */
    STORAGE_FAILED(ErrorType.RESOURCES, true),
    /** A file of the registry's index is damaged. */
    INDEX_DAMAGED(ErrorType.INTERNAL, false);

    private final ErrorType type;
    private final boolean retriable;

    RegistryErrorCode(ErrorType type, boolean retriable) {
        this.type = type;
        this.retriable = retriable;
    }

    @Override
    public String origin() {
        return "registry";
    }

    @Override
    public ErrorType type() {
        return type;
    }

    @Override
    public boolean retriable() {
        return retriable;
    }
}
