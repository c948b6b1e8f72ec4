package dev.agentos.identity;

import java.util.Optional;

/** Keeps who people are, and the digests of the invitations to them. */
public interface AccountStore {

    /** The account of that e-mail address, in lower case. */
    Optional<Account> findByEmail(String email);

    /** The account of that id. */
    Optional<Account> find(String id);

    /** Sets the password's hash. */
    void setPassword(String id, String hash);

    /** Keeps an invitation by the digest of its token, in the place of any other of that person there. */
    void invite(Invitation invitation, String digest);

    /** The invitation of that digest, even when it has ended. */
    Optional<Invitation> findInvitation(String digest);

    /** Takes an invitation away; false when somebody else has done so. */
    boolean takeInvitation(String digest);
}
