package dev.agentos.identity;

import dev.agentos.tenancy.SubjectNames;
import dev.agentos.tenancy.Subjects;
import java.util.Optional;

/** Keeps who people are, here and at an identity provider, and the digests of the invitations to them. */
public interface AccountStore extends Subjects, SubjectNames {

    /** Keeps that a subject of the provider is that person, whoever it was before. */
    void link(String subject, String user);

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
